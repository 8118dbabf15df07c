import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KnownContainer } from '../fleet/host-access.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { Subject, Subjects } from './subjects.ts';
import { compareText } from './words.ts';

const BoundMember = z.object({
  id: z.string(),
  app: z.string(),
  service: z.string(),
  number: z.number().nullable(),
});
type BoundMember = z.infer<typeof BoundMember>;

const BoundContainer = BoundMember.extend({
  word: z.string(),
  name: z.string(),
  protection: z.string().nullable(),
  image: z.string(),
  configuration: z.string(),
});
type BoundContainer = z.infer<typeof BoundContainer>;

/**
 * What a plan holds for: whatever an operator who read it would want to read anew. Not among it is what changes by
 * itself: state, health, starts, restarts, addresses.
 */
const Bound = z.object({
  acted: z.array(BoundContainer),
  /** All of the app, by id; null where the action is about a container. */
  members: z.array(BoundMember).nullable(),
});
type Bound = z.infer<typeof Bound>;

/** As one text: two are equal where the plan still holds. */
export function bindingOf({ acted, service, members }: Subjects): string {
  const bound: Bound = {
    acted: acted.map(boundContainer).sort(byId),
    members: service === null ? members.map(boundMember).sort(byId) : null,
  };
  return JSON.stringify(bound);
}

/**
 * The binding of a plan as things are now.
 * @param before what it was made for
 * @param acted those of its containers that are still there, inspected anew
 */
export function bindingNow(before: string, acted: readonly Subject[], members: readonly KnownContainer[]): string {
  const words = new Map(read(before).acted.map(({ id, word }) => [id, word]));
  // What it is called depends on how many there are of it: that is no change of its own.
  const named = acted.map((subject) => ({ ...subject, word: words.get(subject.id) ?? subject.word }));
  const service = read(before).members === null ? '' : null;
  return bindingOf({ app: '', service, acted: named, leftOut: [], members });
}

/**
 * What changed, a sentence each, bounded; for a plan whose binding is not what it was.
 * @param listed all of the host: there may be another container where one was
 */
export function changesBetween(before: string, now: string, listed: readonly KnownContainer[]): string[] {
  const [then, since] = [read(before), read(now)];
  const acted = new Map(since.acted.map((one) => [one.id, one]));
  const members = new Set(since.members?.map(({ id }) => id));
  const missing = [
    ...then.acted.filter(({ id }) => !acted.has(id)),
    ...(then.members ?? [])
      .filter(({ id }) => !members.has(id) && !then.acted.some((one) => one.id === id))
      .map((member) => ({ ...member, word: member.service })),
  ];
  const replaced = new Set(missing.map(placeKey));
  const known = new Set([...then.acted, ...(then.members ?? [])].map(({ id }) => id));
  const sentences = [
    ...missing.map((one) => fate(one, listed)),
    ...then.acted.flatMap((one) => changesOf(one, acted.get(one.id) ?? one)),
    ...(since.members ?? [])
      .filter((member) => !known.has(member.id) && !replaced.has(placeKey(member)))
      .map(({ service }) => `${service} was added since.`),
  ];
  return sentences.slice(0, limits.actions.namesInSentence);
}

function boundContainer({ id, word, name, place, protection, detail }: Subject): BoundContainer {
  const { restartPolicy, memoryLimitBytes, mountPaths, volumes, networks, stopSignal, stopTimeoutSeconds, labels } =
    detail;
  const configuration = {
    restartPolicy,
    memoryLimitBytes,
    mounts: [...mountPaths].sort(),
    volumes: [...volumes].sort(),
    networks: networks.map((network) => network.name).sort(),
    stopSignal,
    stopTimeoutSeconds,
    labels: Object.entries(labels).sort(([a], [b]) => compareText(a, b)),
  };
  const { app, service, number } = place;
  const image = `${visibleText(detail.image, limits.text.labelChars)} ${detail.imageId}`;
  return { id, word, name, app, service, number, protection, image, configuration: hash(configuration) };
}

function boundMember({ id, place }: KnownContainer): BoundMember {
  return { id, app: place.app, service: place.service, number: place.number };
}

/** Another stands in its place, or none. */
function fate(one: BoundMember & { readonly word: string }, listed: readonly KnownContainer[]): string {
  const recreated = listed.some(
    ({ id, place }) => id !== one.id && !place.oneOff && placeKey(place) === placeKey(one) && place.app === one.app,
  );
  return `${one.word} ${recreated ? 'was recreated' : 'is gone'} since.`;
}

function changesOf(then: BoundContainer, now: BoundContainer): string[] {
  const { word } = then;
  if (then.protection === null && now.protection !== null) return [`${word} is protected now.`];
  if (then.protection !== null && now.protection === null) return [`${word} is not protected any more.`];
  if (then.name !== now.name) return [`${word} is called ${now.name} now.`];
  if (then.app !== now.app || then.service !== now.service)
    return [`${word} belongs to ${now.app} / ${now.service} now.`];
  if (then.image !== now.image) return [`${word} has another image now.`];
  return JSON.stringify(then) === JSON.stringify(now) ? [] : [`The configuration of ${word} was changed since.`];
}

function read(binding: string): Bound {
  return Bound.parse(JSON.parse(binding));
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function placeKey({ service, number }: { readonly service: string; readonly number: number | null }): string {
  return JSON.stringify([service, number]);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return compareText(a.id, b.id);
}
