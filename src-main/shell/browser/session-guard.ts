import { createHash, randomBytes as randomBytesOfSystem, timingSafeEqual } from 'node:crypto';
import { type Clock, elapsedSince, type Moment, moment } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';

/** Who may bring a token. `own-user`: processes of the operator (and root) alone; see {@link file://./peer-user.ts}. */
export type TokenReach = 'anyone' | 'own-user';

/** What a window needs to open a socket: both, from two places that no other page can read at once. */
export interface Admission {
  /** Kept by the browser in an HttpOnly cookie, which all ports of this machine's loopback share. */
  readonly cookie: string;
  /** Kept by the page in sessionStorage, which is this port's alone. */
  readonly secret: string;
}

interface Token {
  readonly hash: Buffer;
  readonly issued: Moment;
  readonly reach: TokenReach;
}

interface Window {
  readonly cookie: Buffer;
  readonly secret: Buffer;
}

/**
 * Who may be a window of this process. A one-time token becomes an {@link Admission}, which holds until the process
 * ends. Only hashes are kept, and every comparison takes the same time.
 */
export class SessionGuard {
  readonly #clock: Clock;
  readonly #randomBytes: (count: number) => Buffer;
  /** Oldest first. */
  #tokens: Token[] = [];
  /** Least recently used first. */
  #windows: Window[] = [];

  constructor({ clock, randomBytes = randomBytesOfSystem }: SessionGuardOptions) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
  }

  /** A token that opens one window within `limits.browser.tokenMs`. */
  issueToken(reach: TokenReach = 'anyone'): string {
    const token = this.#random();
    this.#tokens.push({ hash: hashOf(token), issued: moment(this.#clock), reach });
    this.#tokens = this.#tokens.slice(-limits.browser.tokens);
    return token;
  }

  /**
   * Admits a window for `token`, which is void from then on; null: it is not valid. Windows of one browser share its
   * one cookie, or the newest would lock the others out: of the `cookies` it brought along a known one is kept.
   * @param ownUser whether a process of the operator brings it; asked only where the token wants to know
   */
  redeem(token: string, cookies: readonly string[], ownUser: () => boolean): Admission | null {
    const presented = hashOf(token);
    const found = find(this.#live(), ({ hash }) => timingSafeEqual(hash, presented));
    if (found === null || (found.reach === 'own-user' && !ownUser())) return null;
    this.#tokens = this.#tokens.filter((other) => other !== found);
    const cookie = cookies.find((known) => this.#knows(known)) ?? this.#random();
    const secret = this.#random();
    this.#windows.push({ cookie: hashOf(cookie), secret: hashOf(secret) });
    this.#windows = this.#windows.slice(-limits.browser.windows);
    return { cookie, secret };
  }

  /** Whether a window that shows one of `cookies` and `secret` was admitted. */
  admits(cookies: readonly string[], secret: string): boolean {
    const presented = cookies.map(hashOf);
    const wanted = hashOf(secret);
    const found = find(this.#windows, (window) => {
      const sameSecret = timingSafeEqual(window.secret, wanted);
      return find(presented, (cookie) => timingSafeEqual(window.cookie, cookie)) !== null && sameSecret;
    });
    if (found === null) return false;
    this.#windows = [...this.#windows.filter((other) => other !== found), found];
    return true;
  }

  #live(): readonly Token[] {
    this.#tokens = this.#tokens.filter(({ issued }) => elapsedSince(issued, this.#clock) <= limits.browser.tokenMs);
    return this.#tokens;
  }

  #knows(cookie: string): boolean {
    const presented = hashOf(cookie);
    return find(this.#windows, (window) => timingSafeEqual(window.cookie, presented)) !== null;
  }

  #random(): string {
    return this.#randomBytes(32).toString('base64url');
  }
}

export interface SessionGuardOptions {
  readonly clock: Clock;
  readonly randomBytes?: (count: number) => Buffer;
}

/** Of one length, whatever was presented, as `timingSafeEqual` needs it. */
function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Looks at all of them: how long it takes tells nothing of where the right one stands. */
function find<T>(all: readonly T[], isRight: (one: T) => boolean): T | null {
  let found: T | null = null;
  for (const one of all) if (isRight(one)) found = one;
  return found;
}
