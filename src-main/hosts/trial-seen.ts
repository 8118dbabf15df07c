import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

type Details = Readonly<Record<string, unknown>>;

/**
 * What an error rests on, a line each and safe to show: what it says was seen, and of its other facts those that a person
 * can do something with.
 */
export function seenLinesOf({ details }: AppError): string[] {
  const told = [details.seen].flat().filter(isText);
  return [...told, ...FACTS.flatMap((fact) => fact(details))].map((line) => visibleText(line, limits.text.reasonChars));
}

const FACTS: readonly ((details: Details) => string[])[] = [
  ({ firstLine }) => (isText(firstLine) ? [`it said “${firstLine}” first`] : []),
  ({ keyType, fingerprint }) =>
    isText(keyType) && isText(fingerprint) ? [`the host showed ${keyType} ${fingerprint}`] : [],
  ({ accepted, shown }) => (isText(accepted) && isText(shown) ? [`it showed ${accepted} first, and ${shown} now`] : []),
  ({ pinned }) => (isText(pinned) ? [`wanted: ${pinned}`] : []),
  ({ known }) => (Array.isArray(known) ? known.flatMap(knownLine) : []),
  ({ file, line }) => (isText(file) ? [typeof line === 'number' ? `${file}:${line}` : file] : []),
  ({ mode }) => (isText(mode) ? [`its mode is ${mode}`] : []),
  ({ tried }) => (isTexts(tried) ? [`offered: ${tried.length === 0 ? 'nothing' : tried.join(', ')}`] : []),
  ({ methods }) => (isTexts(methods) ? [`the host takes: ${methods.join(', ')}`] : []),
  ({ unusable }) => (Array.isArray(unusable) ? unusable.flatMap(unusableLine) : []),
  ({ agent }) => (isText(agent) ? [`ssh-agent: ${agent}`] : []),
  ({ seenFrom }) => (isText(seenFrom) ? [`seen from ${seenFrom}`] : []),
  ({ call, status, said }) =>
    isText(call) && typeof status === 'number'
      ? [`“${call}” was answered with ${status}${isText(said) ? `: ${said}` : ''}`]
      : [],
];

/** An entry of a known_hosts file: what is known in place of what was shown. */
function knownLine(entry: unknown): string[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { type, fingerprint, file, line } = entry as Details;
  if (!isText(fingerprint)) return [];
  const where = isText(file) ? ` (${file}${typeof line === 'number' ? `:${line}` : ''})` : '';
  return [`known: ${isText(type) ? `${type} ` : ''}${fingerprint}${where}`];
}

/** A key of the agent that cannot be offered. */
function unusableLine(key: unknown): string[] {
  if (typeof key !== 'object' || key === null) return [];
  const { type, comment } = key as Details;
  return isText(type) ? [`in ssh-agent, and of no use yet: ${type}${isText(comment) ? ` ${comment}` : ''}`] : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
