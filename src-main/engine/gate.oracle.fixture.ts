import { FILTERS } from './gate.fixture.ts';
import type { GateRequest, HostMode } from './gate.ts';

/**
 * The gate's list in other words, to hold the gate against: the path in segments, the query key by key, and no regular
 * expression over the whole.
 */
export function listed({ method, path, hasBody }: GateRequest, mode: HostMode): boolean {
  if (hasBody) return false;
  if (method === 'POST') return mode === 'operate' && isChange(path);
  return method === 'GET' && isRead(path);
}

/** Nothing is changed but one container, by its whole id, in one of three ways. */
function isChange(path: string): boolean {
  const [root, version = '', room, id = '', what = '', ...beyond] = path.split('/');
  if (root !== '' || !VERSIONS.has(version) || room !== 'containers' || beyond.length > 0) return false;
  if (!isId(id) || id.length !== 64) return false;
  if (what === 'start') return true;
  const [verb = '', grace = '', ...more] = what.split('?t=');
  return (verb === 'stop' || verb === 'restart') && more.length === 0 && isGrace(grace);
}

function isGrace(text: string): boolean {
  return isDigits(text, 3) && Number(text) <= 600 && text === Number(text).toString();
}

function isId(text: string): boolean {
  return text.length >= 12 && text.length <= 64 && [...text].every((c) => '0123456789abcdef'.includes(c));
}

function isRead(path: string): boolean {
  const [route = '', query, ...more] = path.split('?');
  if (more.length > 0) return false;
  if (route === '/_ping' || route === '/version') return query === undefined;
  const [root, version = '', room, ...rest] = route.split('/');
  if (root !== '' || !VERSIONS.has(version)) return false;
  if (room === 'networks') return rest.length === 0 && query === undefined;
  if (room === 'events') return rest.length === 0 && inOrder(query, ['since?', 'until?', 'filters'], eventValue);
  if (room !== 'containers') return false;
  const [id = '', what, ...beyond] = rest;
  if (rest.length === 1) return id === 'json' && (query === 'all=1' || query === 'all=true');
  if (beyond.length > 0 || !isId(id)) return false;
  if (what === 'json') return query === undefined;
  if (what === 'stats') return query === 'stream=false&one-shot=true';
  return (
    what === 'logs' &&
    inOrder(query, ['follow', 'stdout', 'stderr', 'timestamps', 'tail?', 'since?', 'until?'], logValue)
  );
}

const VERSIONS: ReadonlySet<string> = new Set(
  ['41', '42', '43', '44', '45', '46', '47', '48', '49', '50', '51'].map((n) => `v1.${n}`),
);

/** Keys that end with `?` may be missing. */
function inOrder(
  query: string | undefined,
  keys: readonly string[],
  isValue: (key: string, value: string) => boolean,
): boolean {
  const pairs = (query ?? '').split('&').map((pair) => pair.split('='));
  let at = 0;
  for (const key of keys) {
    const name = key.replace('?', '');
    const [found, value = '', ...more] = pairs[at] ?? [];
    if (found === name && more.length === 0 && isValue(name, value)) at += 1;
    else if (!key.endsWith('?')) return false;
  }
  return at === pairs.length;
}

function eventValue(key: string, value: string): boolean {
  return key === 'filters' ? value === FILTERS : isTime(value);
}

function logValue(key: string, value: string): boolean {
  if (key === 'since' || key === 'until') return isTime(value);
  return key === 'tail' ? isDigits(value, 6) : value === 'true' || value === 'false';
}

function isTime(value: string): boolean {
  const [seconds = '', decimals, ...more] = value.split('.');
  return more.length === 0 && isDigits(seconds, 10) && (decimals === undefined || isDigits(decimals, 9));
}

function isDigits(value: string, most: number): boolean {
  return value.length >= 1 && value.length <= most && [...value].every((c) => c >= '0' && c <= '9');
}
