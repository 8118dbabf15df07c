import type { ErrorCode } from '#contract/errors.ts';
import type { Question } from '#contract/questions.ts';
import type { FleetHost } from '#contract/updates.ts';
import { ASKED_BY, askedWords } from './asked-words.ts';
import { type HostWords, hostWords, wait } from './host-words.ts';

/** A host that is not live: a few words, the core's own message, the next step. */
type HostTrouble = HostWords & { readonly message: string | null };

/**
 * What is said of a host that is not live. null: it is live.
 * @param asks what it waits for a person to say; null: nothing
 */
export function hostTrouble({ status }: Pick<FleetHost, 'status'>, asks: Question['kind'] | null): HostTrouble | null {
  switch (status.state) {
    case 'live':
      return null;
    case 'connecting':
    case 'authenticating':
    case 'asking': {
      const jump = status.state === 'asking' ? status.jump : null;
      if (asks !== null) return { ...askedWords({ what: ASKED_BY[asks], jump }), message: null };
      // The question itself is on its way, or answered.
      if (status.state === 'asking') return { ...askedWords(status), remedy: 'wait', message: null };
      const doing = status.state === 'connecting' ? 'Connecting' : 'Logging in';
      return {
        ...wait(
          status.attempt > 1 ? `${doing}, try ${status.attempt}` : doing,
          'Fresh facts follow once it has been read.',
        ),
        message: null,
      };
    }
    case 'stale':
      return {
        ...wait(
          'Being checked',
          'Nothing has been heard from it for some seconds, or this machine slept or changed its network: nothing is fresh until it has answered.',
        ),
        message: null,
      };
    default:
      return { ...hostWords(status.code), message: status.message };
  }
}

const DEGRADED: Readonly<Partial<Record<ErrorCode, string>>> = {
  ENGINE_TIMEOUT: 'engine silent',
  ENGINE_DENIED: 'denied',
};

/**
 * The state of a host that is not live in a word or two, for where there is no room: `logging in`, `no answer`. Goes on
 * after its name.
 */
export function shortState({ status }: Pick<FleetHost, 'status'>, asks: Question['kind'] | null): string {
  if (asks !== null) return 'waits for you';
  switch (status.state) {
    case 'live':
      return 'live';
    case 'connecting':
      return status.attempt > 1 ? `connecting, try ${status.attempt}` : 'connecting';
    case 'authenticating':
      return 'logging in';
    case 'asking':
      return 'waits for you';
    case 'stale':
      return 'checking';
    case 'degraded':
      return DEGRADED[status.code] ?? 'engine out of reach';
    case 'offline':
      return 'offline';
    case 'blocked':
      return 'blocked';
  }
}
