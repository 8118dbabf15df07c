import type { EngineChange, RunState } from '#contract/actions.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { PlannedChange } from './model.ts';
import { type ChangeEnd, refusalOf } from './run-end.ts';
import { foundToBe, type Said, said, sentences } from './run-words.ts';
import { inWords } from './words.ts';

export interface Outcome {
  readonly state: Exclude<RunState, 'running'>;
  /** For the operator, and as the journal may hold it. */
  readonly message: { readonly shown: string; readonly recorded: string };
}

interface OutcomeContext {
  /** The host's label. */
  readonly host: string;
  /** This core is ending. */
  readonly isClosing: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a run comes to, by what became of its changes. */
export function outcomeOf(ends: readonly ChangeEnd[], context: OutcomeContext): Outcome {
  const names = namesOf(ends.map(({ change }) => change));
  const nameOf = ({ change }: ChangeEnd) => names.get(change) as string;
  const last = ends.findLast(({ state }) => state !== 'left');
  const state = last === undefined ? 'cancelled' : stateOf(last, ends);
  const word = last === undefined ? null : wordOf(last, nameOf(last), context);
  const done = ends.filter((end) => end !== last && end.state === 'judged').map(nameOf);
  const left = ends.filter((end) => end.state === 'left').map(nameOf);
  const parts: Said[] = [];
  if (state === 'succeeded' && ends.length > 1) {
    const unchecked = ends.filter(({ change }) => change.what !== 'stop' && change.healthWaitMs === null).map(nameOf);
    parts.push(said(`${inWords(ends.map(nameOf))} were ${PAST[last?.change.what ?? 'restart']}`));
    if (unchecked.length > 0) parts.push(said(`Without a health check: ${inWords(unchecked)}`));
    parts.push(...ends.flatMap((end) => remarkOn(end, nameOf(end))));
  } else {
    if (state === 'cancelled') parts.push(said(context.isClosing ? CLOSED : 'It was cancelled'));
    if (word !== null) parts.push(...word);
    if (done.length > 0) parts.push(said(`Done before: ${inWords(done)}`));
    if (left.length > 0) parts.push(said(`Left as ${left.length === 1 ? 'it was' : 'they were'}: ${inWords(left)}`));
  }
  return { state, message: sentences(...parts) };
}

const CLOSED = 'Binnacle was closed before it was done';

function stateOf(last: ChangeEnd, ends: readonly ChangeEnd[]): Outcome['state'] {
  if (last.state === 'lost') return 'unknown';
  if (last.state !== 'judged' || last.judgement.state === 'failed') return 'failed';
  const isWhole = last.judgement.state === 'succeeded' && ends.every(({ state }) => state !== 'left');
  return isWhole ? 'succeeded' : 'cancelled';
}

function wordOf(end: ChangeEnd, name: string, context: OutcomeContext): Said[] {
  switch (end.state) {
    case 'judged': {
      const { clause } = end.judgement;
      return [said(`${name} ${clause.text}`, clause.output)];
    }
    case 'refused': {
      const found = end.detail === null ? [] : [said(foundToBe(name, end.detail, context.now))];
      // The gate says itself that it sent nothing.
      const isSaid = end.wasSent || end.error.code === 'GATE_REFUSED';
      const unsent = isSaid ? [] : [said(`${name} was not ${PAST[end.change.what]}: nothing was sent`)];
      return [...unsent, said(refusalOf(end.error)), ...found];
    }
    case 'lost':
      return context.isClosing ? [said('Binnacle was closed while it ran')] : lostWords(end, name, context.host);
    default:
      return [];
  }
}

function lostWords({ change, error, done }: Extract<ChangeEnd, { state: 'lost' }>, name: string, host: string): Said[] {
  const what = whatBroke(error, visibleText(host, limits.text.labelChars));
  const verb = PAST[change.what];
  const text = done
    ? `The engine has ${verb} ${name}, but ${what} before it was seen how it is`
    : `${capital(what)} while ${name} was being ${verb}`;
  return [said(text), said('It is looked at when the host is back')];
}

function whatBroke({ code, details }: AppError, host: string): string {
  switch (code) {
    case 'HOST_NOT_LIVE':
      // The link is there, and the engine behind it is silent.
      if (details.state === 'degraded') return `the engine of ${host} gave no answer in time`;
      return `the connection to ${host} was lost`;
    case 'HOST_NOT_FOUND':
      return `the host ${host} was removed`;
    case 'CONNECTION_LOST':
    case 'CANCELLED':
    // Of `docker system dial-stdio`, which carried it.
    case 'DIAL_STDIO_FAILED':
      return `the connection to ${host} was lost`;
    case 'ENGINE_UNREACHABLE':
      return `the engine of ${host} hung up`;
    case 'ENGINE_TIMEOUT':
    case 'TIMEOUT':
      return `the engine of ${host} gave no answer in time`;
    case 'INTERNAL':
      return 'something went wrong inside Binnacle';
    default:
      return `the engine of ${host} gave an answer that could not be read`;
  }
}

/** What is worth a word of a container that came out well. */
function remarkOn(end: ChangeEnd, name: string): Said[] {
  if (end.state !== 'judged' || end.judgement.state !== 'succeeded') return [];
  const { clause, isRemarkable } = end.judgement;
  return isRemarkable ? [said(`${name} ${clause.text}`, clause.output)] : [];
}

/** By service; by name where one service has several of them. */
export function namesOf(changes: readonly PlannedChange[]): ReadonlyMap<PlannedChange, string> {
  return new Map(
    changes.map((change) => {
      const isOnly = changes.every((other) => other === change || other.service !== change.service);
      return [change, visibleText(isOnly ? change.service : change.name, limits.text.labelChars)];
    }),
  );
}

const PAST: Readonly<Record<EngineChange, string>> = { start: 'started', stop: 'stopped', restart: 'restarted' };

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
