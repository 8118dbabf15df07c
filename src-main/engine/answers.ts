import { isIP } from 'node:net';
import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { invalidAnswer, tooManyEntries } from './errors.ts';
import { listOf, recordOf } from './json-collections.ts';
import type { NetworkSummary, StatsSample } from './model.ts';
import { memoryUsed } from './stats.ts';
import type { Answer } from './transport.ts';

/** @throws AppError ENGINE_ANSWER_INVALID; ENGINE_ANSWER_TOO_LARGE beyond `limits.engine.answerValues` */
export function parseJson({ call, body }: Pick<Answer, 'call' | 'body'>): unknown {
  if (hasMoreValues(body, limits.engine.answerValues)) {
    throw tooManyEntries(call, 'values', limits.engine.answerValues);
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw invalidAnswer(call, 'it is not JSON', body, cause);
  }
}

/**
 * By the bytes that begin a value or part two, those within texts included, so that it says yes too early rather than
 * too late. Looked at before parsing: 30 MiB of `[{},{},…]` keep JSON.parse busy for 13 s and take a gigabyte.
 */
function hasMoreValues(body: Buffer, most: number): boolean {
  // Each takes a byte: nearly every answer is known to be small enough by its length.
  if (body.length <= most) return false;
  let count = 0;
  // By index: an iterator takes ten times as long.
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if ((byte === COMMA || byte === BRACE || byte === BRACKET) && ++count > most) return true;
  }
  return false;
}

const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/**
 * An answer's JSON, checked. Schemas take what they know and ignore the rest: engines differ in what they add.
 * @param call what was asked, as in `list containers`
 * @throws AppError ENGINE_ANSWER_INVALID, naming the field
 */
export function shaped<T>(call: string, json: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidAnswer(call, wrongField(parsed.error), beginning(json), parsed.error);
}

/**
 * An answer that is a list, checked as {@link shaped} does, up to the first element that is wrong.
 * @param what what it lists, for the message, as in `containers`
 * @throws AppError ENGINE_ANSWER_TOO_LARGE for one longer than `most`
 */
export function shapedList<T>(call: string, json: unknown, element: z.ZodType<T>, what: string, most: number): T[] {
  if (Array.isArray(json) && json.length > most) throw tooManyEntries(call, what, most);
  return shaped(call, json, listOf(element));
}

/** Some of a value as JSON, without going through all of it: it may be millions of values. */
function beginning(json: unknown, depth = 2): string {
  if (typeof json === 'string') return JSON.stringify(json.slice(0, BEGINNING.chars));
  if (typeof json !== 'object' || json === null) return String(json);
  if (depth === 0) return '…';
  if (Array.isArray(json)) {
    const items = json.slice(0, BEGINNING.entries).map((item: unknown) => beginning(item, depth - 1));
    return `[${items.join(',')}]`;
  }
  const entries = Object.entries(json).slice(0, BEGINNING.entries);
  return `{${entries.map(([key, value]) => `${beginning(key)}:${beginning(value, depth - 1)}`).join(',')}}`;
}

const BEGINNING = { chars: 80, entries: 5 } as const;

/** As in `“State.Status” is wrong (Invalid input: expected string, received number)`. */
function wrongField(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.map(String).join('.') || 'the whole answer';
  return `“${visibleText(path, limits.text.labelChars)}” is wrong (${visibleText(issue?.message ?? '', limits.text.reasonChars)})`;
}

/** Milliseconds since the epoch; null for what is missing and for Go's zero time, 0001-01-01. */
export function engineTime(text: string | null | undefined): number | null {
  const time = text === null || text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) || time <= GO_ZERO_TIME ? null : time;
}

const GO_ZERO_TIME = Date.parse('0001-01-01T00:00:00Z');

/** An IP address as the engine told it; null where it told none, or something else. */
export function ipAddress(text: string | null | undefined): string | null {
  // The longest there is has 45 characters, and may name an interface behind them, which net.isIP does not bound.
  return text && text.length <= 64 && isIP(text) !== 0 ? text : null;
}

/** CIDR, as in `172.20.0.0/16`; null for anything else. */
function subnet(text: string | null | undefined): string | null {
  const [, address, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text ?? '') ?? [];
  const longest = isIP(address ?? '') === 6 ? 128 : 32;
  return text && ipAddress(address) !== null && Number(bits) <= longest ? text : null;
}

const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string().nullish(),
  IPAM: z.object({ Config: listOf(z.object({ Subnet: z.string().nullish() })).nullish() }).nullish(),
});

/** `GET /networks`. */
export function networksFrom(json: unknown): NetworkSummary[] {
  return shapedList('list networks', json, Network, 'networks', limits.engine.networks).map((network) => ({
    id: network.Id,
    name: network.Name,
    driver: network.Driver ?? '',
    subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => subnet(Subnet) ?? []),
  }));
}

const Count = z.number().nonnegative();
const Stats = z.object({
  read: z.string(),
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: Count, percpu_usage: listOf(z.number()).nullish() }),
    system_cpu_usage: Count.nullish(),
    online_cpus: Count.nullish(),
  }),
  memory_stats: z
    .object({ usage: Count.nullish(), limit: Count.nullish(), stats: recordOf(z.number()).nullish() })
    .nullish(),
});

/** `GET /containers/{id}/stats?stream=false&one-shot=true`. A container that is not running has `readAt` 0. */
export function sampleFrom(id: string, json: unknown): StatsSample {
  const { read, cpu_stats: cpu, memory_stats: memory } = shaped('container stats', json, Stats);
  // Podman and old engines leave out what the docker CLI then takes from the list of cores.
  const onlineCpus = cpu.online_cpus || cpu.cpu_usage.percpu_usage?.length || null;
  return {
    id,
    readAt: engineTime(read) ?? 0,
    cpuTotalNs: cpu.cpu_usage.total_usage,
    // Without the number of cores the machine's time tells nothing: the clock is the measure then.
    systemCpuNs: onlineCpus === null ? null : (cpu.system_cpu_usage ?? null),
    onlineCpus: onlineCpus ?? 1,
    memoryBytes: memoryUsed(memory ?? {}),
    memoryLimitBytes: memory?.limit ?? null,
  };
}
