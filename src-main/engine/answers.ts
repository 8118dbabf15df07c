import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { invalidAnswer } from './errors.ts';
import type { NetworkSummary, StatsSample } from './model.ts';
import { memoryUsed } from './stats.ts';
import type { Answer } from './transport.ts';

/** @throws AppError ENGINE_ANSWER_INVALID */
export function parseJson({ call, body }: Pick<Answer, 'call' | 'body'>): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw invalidAnswer(call, 'it is not JSON', body, cause);
  }
}

/**
 * An answer's JSON, checked. Schemas take what they know and ignore the rest: engines differ in what they add.
 * @param call what was asked, as in `list containers`
 * @throws AppError ENGINE_ANSWER_INVALID, naming the field
 */
export function shaped<T>(call: string, json: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidAnswer(call, wrongField(parsed.error), JSON.stringify(json)?.slice(0, 1_000) ?? '', parsed.error);
}

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

const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string().nullish(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().nullish() })).nullish() }).nullish(),
});

/** `GET /networks`. */
export function networksFrom(json: unknown): NetworkSummary[] {
  return shaped('list networks', json, z.array(Network)).map((network) => ({
    id: network.Id,
    name: network.Name,
    driver: network.Driver ?? '',
    subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet ? [Subnet] : [])),
  }));
}

const Count = z.number().nonnegative();
const Stats = z.object({
  read: z.string(),
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: Count, percpu_usage: z.array(z.number()).nullish() }),
    system_cpu_usage: Count.nullish(),
    online_cpus: Count.nullish(),
  }),
  memory_stats: z
    .object({ usage: Count.nullish(), limit: Count.nullish(), stats: z.record(z.string(), z.number()).nullish() })
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
