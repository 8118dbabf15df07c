import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabTools } from '../../lab/lab-access.ts';
import type { HostEvent } from './host-access.ts';

/** Has a lab's engine much to tell: of a few containers, which come, go, start and stop until `signal` is aborted. */
export async function keepBusy(lab: LabTools, random: () => number, signal: AbortSignal): Promise<void> {
  const names = ['busy-1', 'busy-2', 'busy-3', 'busy-4'];
  const create = (name: string) => lab.runContainer({ name, restart: random() < 0.5 ? 'always' : 'no' });
  // It may be so already.
  const ask = (path: string) =>
    lab.api.post(path).catch((error: unknown) => {
      if (!String(error).includes('answered 304')) throw error;
    });
  try {
    await Promise.all(names.map(create));
    while (!signal.aborted) {
      const name = names[Math.floor(random() * names.length)] ?? '';
      const what = random();
      if (what < 0.3) await ask(`/containers/${name}/restart?t=1`);
      else if (what < 0.6) await ask(`/containers/${name}/stop?t=1`);
      else if (what < 0.9) await ask(`/containers/${name}/start`);
      else {
        await lab.removeContainer(name);
        await create(name);
      }
      await sleep(300 + random() * 1_200, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await Promise.allSettled(names.map((name) => lab.removeContainer(name)));
  }
}

interface Told {
  /** For each host, how often. */
  readonly times: Uint8Array;
  readonly at: number;
  readonly id: string;
  readonly action: string;
  isTrue: boolean;
}

/** Of whose beginning and end every host has to be told. */
const told = /^(create|start|die|stop|kill|restart|destroy)$/;

/** What sums up a time of one container tells of its end. */
const isOf =
  (hostId: string, { id, at }: Pick<Told, 'id' | 'at'>) =>
  (each: HostEvent) =>
    each.hostId === hostId && each.event.id === id && each.event.at > at - 1_000;

/** What an engine tells whoever listens at its own socket, beside what each host's session told. */
export class ToldEvents implements Disposable {
  readonly #byKey = new Map<string, Told>();
  readonly #hostIds: readonly string[];
  readonly #afterwards: HostEvent[] = [];
  /** When the engine told anything at all: what it keeps for who comes later is so many of these. */
  readonly #engine: number[] = [];
  /** When each host became live. */
  readonly #live: readonly number[][];
  readonly #stream: ReturnType<typeof request>;

  constructor(lab: LabTools, hostIds: readonly string[]) {
    this.#hostIds = hostIds;
    this.#live = hostIds.map(() => []);
    this.#stream = request({ socketPath: lab.socketPath, path: '/events' }, (answer) => {
      const lines = createInterface({ input: answer });
      // Of its end it tells both.
      for (const each of [answer, lines]) each.on('error', () => {});
      lines.on('line', (line) => {
        const event = JSON.parse(line) as { Type: string; id: string; Action: string; timeNano: number };
        const { Type, id, Action, timeNano } = event;
        this.#engine.push(timeNano / 1_000_000);
        // The number is too long for JSON's: what stands in the text counts.
        const nano = /"timeNano":(\d+)/.exec(line)?.[1] ?? String(timeNano);
        if (Type === 'container' && told.test(Action)) this.#entry(id, Action, nano).isTrue = true;
      });
    });
    this.#stream.on('error', () => {});
    this.#stream.end();
  }

  /** To be called with all that the fleet tells. */
  hear(event: HostEvent): void {
    const { action, id, timeNano } = event.event;
    if (!told.test(action)) return;
    if (event.seen === 'afterwards') {
      this.#afterwards.push(event);
      return;
    }
    const { times } = this.#entry(id, action, timeNano);
    const host = this.#hostIds.indexOf(event.hostId);
    times[host] = (times[host] ?? 0) + 1;
  }

  /** To be called whenever a host has become live. */
  nowLive(hostId: string): void {
    this.#live[this.#hostIds.indexOf(hostId)]?.push(Date.now());
  }

  /** Whether a host has been told the last thing that happened before `beforeMs` (wall clock), while it is followed. */
  isUpToDate(hostId: string, beforeMs: number): boolean {
    const host = this.#hostIds.indexOf(hostId);
    let last: Told | null = null;
    for (const each of this.#byKey.values()) {
      if (each.isTrue && each.at < beforeMs && each.at >= (last?.at ?? 0)) last = each;
    }
    return last === null || last.times[host] !== 0 || this.#afterwards.some(isOf(hostId, last));
  }

  /** What was told twice, not at all, or never happened, of what happened from `fromMs` to `toMs` (wall clock). */
  judge(fromMs: number, toMs: number): { events: number; afterwards: number; lost: number; wrong: string[] } {
    const wrong: string[] = [];
    let events = 0;
    let lost = 0;
    for (const { times, at, id, action, isTrue } of this.#byKey.values()) {
      if (at < fromMs || at > toMs) continue;
      events += 1;
      this.#hostIds.forEach((hostId, host) => {
        const what = `${action} of ${id.slice(0, 12)} at ${new Date(at).toISOString()} by host ${host}`;
        const instead = this.#afterwards.filter(isOf(hostId, { id, at }));
        const same = instead.filter(({ event }) => event.action === action && Math.abs(event.at - at) < 500);
        const count = (times[host] ?? 0) + same.length;
        if (!isTrue) wrong.push(`made up: ${what}`);
        else if (count > 1) wrong.push(`${count} times: ${what}`);
        else if (times[host] === 0 && instead.length === 0) {
          if (this.#wasLost(host, at)) lost += 1;
          else wrong.push(`never: ${what}`);
        }
      });
    }
    return { events, afterwards: this.#afterwards.length, lost, wrong };
  }

  /** Whether the engine had told more than it keeps (FACTS, the engine, 1) before the host was there again. */
  #wasLost(host: number, at: number): boolean {
    const back = this.#live[host]?.find((each) => each > at);
    return back !== undefined && this.#engine.filter((each) => each > at && each < back).length > 240;
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  #entry(id: string, action: string, timeNano: string): Told {
    const key = `${id} ${action} ${timeNano}`;
    let entry = this.#byKey.get(key);
    if (entry === undefined) {
      const at = Number(timeNano.slice(0, -6));
      entry = { times: new Uint8Array(this.#hostIds.length), at, id, action, isTrue: false };
      this.#byKey.set(key, entry);
    }
    return entry;
  }
}
