import { callProblem } from '../../client/call-problem.ts';
import type { StreamProblem } from './log-types.ts';

/** What ends by itself when the host is reached again; all else a person has to look at. */
const PASSING: ReadonlySet<string> = new Set([
  'HOST_NOT_LIVE',
  'CONNECTION_LOST',
  'CONNECT_REFUSED',
  'CONNECT_TIMEOUT',
  'UNREACHABLE',
  'HANDSHAKE_FAILED',
  'SOCKET_REFUSED',
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'TIMEOUT',
]);

/** What a log call failed with; no answer at all means that the core itself is gone, which passes too. */
export function streamProblem(error: unknown): StreamProblem {
  const problem = callProblem(error);
  return { ...problem, passing: problem.code === null || PASSING.has(problem.code) };
}
