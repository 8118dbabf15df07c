import type { Asked, HostState } from '#contract/fleet.ts';
import { AppError } from '../kernel/errors.ts';

const ASKED: Readonly<Record<Asked, string>> = {
  hostKey: 'whether its host key is right',
  passphrase: 'a passphrase',
  password: 'a password',
  code: 'a code',
};

/** The host's state in a word or a few, as in a table; without what it says of itself, which may be long. */
export function stateWords(status: HostState): string {
  switch (status.state) {
    case 'authenticating':
      return 'logging in';
    case 'asking':
      return `asks you: ${ASKED[status.what]}`;
    case 'stale':
      return 'stale: being asked again';
    default:
      return status.state;
  }
}

/** Why a host's containers cannot be read now, in words. */
export function notLive(status: HostState): AppError {
  return new AppError('HOST_NOT_LIVE', sentenceOf(status), {
    details: { state: status.state },
    hint: status.state === 'asking' ? 'Answer what is asked.' : 'Try again once the host is live.',
  });
}

function sentenceOf(status: HostState): string {
  switch (status.state) {
    case 'connecting':
      return 'The host is being connected.';
    case 'authenticating':
      return 'The host is being logged in to.';
    case 'asking':
      return `The host is being connected, and you are asked for it: ${ASKED[status.what]}.`;
    case 'live':
      return 'The connection to the host has just ended.';
    case 'stale':
      return 'The host has not been heard of for some seconds, or since this machine slept or changed its network; it is being asked.';
    case 'degraded':
      if (status.code === 'ENGINE_DENIED') return `The host may not be read: ${status.message}`;
      if (status.code === 'ENGINE_TIMEOUT') return `The host’s engine does not answer: ${status.message}`;
      return `The host’s engine cannot be read: ${status.message}`;
    case 'offline':
      return `The host is offline: ${status.message}`;
    case 'blocked':
      return `The host waits for you: ${status.message}`;
  }
}
