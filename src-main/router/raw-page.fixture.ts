import { setImmediate as nextTurn } from 'node:timers/promises';
import { StandardRPCJsonSerializer, STANDARD_RPC_JSON_SERIALIZER_BUILT_IN_TYPES as TYPE } from '@orpc/client/standard';
import { z } from 'zod';
import { ErrorCode } from '#contract/errors.ts';
import { ErrorData } from '#contract/procedures.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import type { FakeCarrier, FakePage } from './carriers.fixture.ts';
import type { Router } from './router.ts';

/** An input as oRPC puts it on the wire: JSON, and which of its places stand for what JSON has not. */
export interface Body {
  readonly json: unknown;
  readonly meta: unknown;
}

/** As oRPC's client would send it, but that a member called `__proto__` is sent as well. */
export function encoded(value: unknown): { readonly json: unknown; readonly meta: unknown[] } {
  const meta: unknown[] = [];
  const walk = (value: unknown, at: readonly (string | number)[]): unknown => {
    const as = (type: number, json: unknown) => {
      meta.push([type, ...at]);
      return json;
    };
    if (value === undefined) return as(TYPE.UNDEFINED, null);
    if (typeof value === 'bigint') return as(TYPE.BIGINT, String(value));
    if (Number.isNaN(value)) return as(TYPE.NAN, null);
    if (value instanceof Date) return as(TYPE.DATE, Number.isNaN(value.getTime()) ? null : value.toISOString());
    if (value instanceof RegExp) return as(TYPE.REGEXP, String(value));
    if (value instanceof Set) return walkInto([...value], TYPE.SET, at);
    if (value instanceof Map) return walkInto([...value], TYPE.MAP, at);
    // Not by its own `map`, which asks a member called `constructor` what to make.
    if (Array.isArray(value)) return Array.from(value, (part, index) => walk(part, [...at, index]));
    if (typeof value !== 'object' || value === null) return value;
    const json = {};
    for (const [name, part] of Object.entries(value)) {
      Object.defineProperty(json, name, { value: walk(part, [...at, name]), enumerable: true });
    }
    return json;
  };
  // What it is made of is there before it is.
  const walkInto = (parts: unknown[], type: number, at: readonly (string | number)[]) => {
    const json = walk(parts, at);
    meta.push([type, ...at]);
    return json;
  };
  return { json: walk(value, []), meta };
}

/** What the core reads of a body; `unreadable` where it cannot. */
export function read(body: Body): { readonly value: unknown } | 'unreadable' {
  try {
    const { json, meta } = JSON.parse(JSON.stringify(body));
    return { value: new StandardRPCJsonSerializer().deserialize(json, meta) };
  } catch {
    return 'unreadable';
  }
}

const Heard = z.object({
  i: z.string(),
  p: z.object({
    s: z.int().optional(),
    h: z.record(z.string(), z.unknown()).optional(),
    b: z.object({ json: z.unknown().optional() }).optional(),
  }),
});
const Refusal = z.object({ defined: z.literal(true), code: ErrorCode, message: z.string().min(1), data: ErrorData });

/** How a call was answered: with a value, or with an error of the contract. */
export type Answer = 'value' | ErrorCode;

/** More turns of the loop than any answer takes: nothing here waits for a clock. */
const TURNS = 50_000;

/** A window that sends what no client of ours would, message by message. */
export class RawPage {
  readonly #page: FakePage;
  readonly #answers = new Map<string, z.infer<typeof Heard>['p']>();
  #sent = 0;
  #heard = 0;

  private constructor(page: FakePage) {
    this.#page = page;
  }

  static async open(carrier: FakeCarrier, router: Router): Promise<RawPage> {
    return new RawPage(await carrier.open(router));
  }

  hello(): Promise<Answer> {
    return this.call('/session/hello', encoded({ contractVersion: CONTRACT_VERSION }));
  }

  /**
   * Sends one call, and waits for its answer; an iterator is left as soon as it is there, unless it is to `stay`.
   * @param url as on the wire: `/hosts/list`
   * @throws Error where none comes, or it is no answer of the contract
   */
  async call(url: string, body: unknown, { stay = false } = {}): Promise<Answer> {
    this.#sent += 1;
    const i = String(this.#sent);
    this.#page.send(JSON.stringify({ i, p: { u: url, b: body } }));
    const { s: status = 200, h: headers, b } = await this.#answerTo(i);
    if (status !== 200) return Refusal.parse(b?.json).code;
    if (headers?.['content-type'] === 'text/event-stream' && !stay) {
      this.#page.send(JSON.stringify({ i, t: 4 }));
      // Until it is seen there that nobody listens any more.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    }
    return 'value';
  }

  leave(): void {
    this.#page.vanish();
  }

  async #answerTo(i: string) {
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const text of this.#page.heard.slice(this.#heard)) {
        this.#heard += 1;
        const message = Heard.safeParse(JSON.parse(text));
        if (message.success && !this.#answers.has(message.data.i)) this.#answers.set(message.data.i, message.data.p);
      }
      const answer = this.#answers.get(i);
      this.#answers.delete(i);
      if (answer !== undefined) return answer;
      await nextTurn();
    }
    throw new Error('The call was not answered.');
  }
}
