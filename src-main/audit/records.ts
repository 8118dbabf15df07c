import { z } from 'zod';
import { ActionName, LockedAction } from '#contract/actions.ts';
import { ContainerHealth, ContainerState } from '#contract/fleet.ts';
import { HostMode } from '#contract/hosts.ts';
import { limits } from '../kernel/limits.ts';

/**
 * What a record may hold: named members of known form, and nothing else. There is no place in it for an environment
 * variable, a label, a command's output or a key, so that no secret gets in by being forgotten. Free text is what the
 * operator typed as a reason, and messages, bounded and redacted where they are written.
 */
const Name = z.string().max(limits.text.labelChars * 2);
const Sentence = z.string().max(1_000);
const Instant = z.iso.datetime();
/** `SHA256:…`, base64 without padding, as ssh-keygen prints it. */
const Fingerprint = z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/);
const ContainerId = z.string().regex(/^[0-9a-f]{64}$/);

const HostRef = z.strictObject({ id: z.uuid(), label: Name, target: z.string().max(limits.ssh.targetChars) });
const ContainerRef = z.strictObject({ id: ContainerId, name: Name, service: Name });

/** As inspect told it. */
export const SeenState = ContainerRef.extend({
  image: Name,
  imageId: z.string().max(128),
  state: ContainerState,
  health: ContainerHealth.nullable(),
  exitCode: z.int().nullable(),
  /** Of the engine's clock. */
  startedAt: z.string().max(64).nullable(),
});
export type SeenState = z.infer<typeof SeenState>;

export const RecordBody = z.discriminatedUnion('kind', [
  /** The first record of a journal. */
  z.strictObject({
    kind: z.literal('begun'),
    version: Name,
    /** The journal it takes the place of, where one was put aside. */
    setAside: z.strictObject({ folder: Name, records: z.int(), head: z.string().nullable() }).nullable(),
  }),
  /** Bytes beyond the anchor, left by a core that was ended while it wrote, were looked at when the next one began. */
  z.strictObject({
    kind: z.literal('recovered'),
    keptRecords: z.int().min(0),
    cutBytes: z.int().min(0),
    /** SHA-256 of what was cut, hexadecimal; null: nothing was. */
    cutSha256: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('mode'), host: HostRef, from: HostMode, to: HostMode }),
  z.strictObject({
    kind: z.literal('unlock'),
    host: HostRef,
    app: Name,
    container: ContainerRef,
    action: LockedAction,
    reason: Sentence,
    until: Instant,
  }),
  z.strictObject({
    kind: z.literal('lock'),
    host: HostRef,
    app: Name,
    container: ContainerRef,
    action: LockedAction,
  }),
  z.strictObject({ kind: z.literal('protection'), host: HostRef, app: Name, service: Name, protect: z.boolean() }),
  /** Durable before the first request. */
  z.strictObject({
    kind: z.literal('intent'),
    run: z.uuid(),
    action: ActionName,
    title: Sentence,
    host: HostRef,
    /** Who the host knows this as, and by which keys the two knew each other. */
    login: z.strictObject({ user: Name, hostKey: Fingerprint.nullable(), loginKey: Fingerprint.nullable() }),
    app: Name,
    /** null for an app. */
    service: Name.nullable(),
    reason: Sentence.nullable(),
    /** The unlocks it uses up. */
    unlocks: z.array(z.strictObject({ container: ContainerRef, reason: Sentence })),
    steps: z.array(z.strictObject({ text: Sentence, request: Sentence.nullable() })),
    leftOut: z.array(z.strictObject({ service: Name, why: z.enum(['protected', 'not-running']) })),
    command: z.string().max(64 * 1_024),
    before: z.array(SeenState),
  }),
  z.strictObject({
    kind: z.literal('outcome'),
    run: z.uuid(),
    outcome: z.enum(['succeeded', 'failed', 'cancelled', 'unknown']),
    /** null: nobody was there to measure it. */
    durationMs: z.number().min(0).nullable(),
    message: Sentence.nullable(),
    steps: z.array(
      z.strictObject({ state: z.enum(['done', 'failed', 'skipped', 'unknown']), note: Sentence.nullable() }),
    ),
    /** null: they could not be looked at. */
    after: z.array(SeenState).nullable(),
  }),
  /** What the containers of an outcome that is unknown were found to be, once the host could be asked. */
  z.strictObject({ kind: z.literal('found'), run: z.uuid(), message: Sentence, after: z.array(SeenState) }),
]);
export type RecordBody = z.infer<typeof RecordBody>;

/** On whose behalf: the operating system's user and machine, and what the core ran in. */
export const Author = z.strictObject({ user: Name, machine: Name, shell: z.enum(['desktop', 'browser', 'cli']) });
export type Author = z.infer<typeof Author>;

/** What stands in front of every body, in this order. */
export const RecordHead = z.strictObject({
  /** Version of the record's form. */
  v: z.literal(1),
  /** Counts from 1, over all files. */
  seq: z.int().min(1),
  /** Wall clock of this machine, which may have been wrong: the order is `seq`'s. */
  at: Instant,
  /** SHA-256, hexadecimal, of the raw bytes of the record before, its line break included; of the first: 64 zeros. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  by: Author,
});
export type RecordHead = z.infer<typeof RecordHead>;

/** One line of the journal. */
export type JournalRecord = RecordHead & RecordBody;
