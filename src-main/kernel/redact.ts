import { limits } from './limits.ts';

/**
 * A copy of `value` fit for the log: plain data, bounded in text, depth and length, and without secrets (DESIGN
 * rule 7). Secrets are known by the name they go by, and by their looks: private keys, passwords in addresses.
 * It is the second fence: nobody is to hand a secret to the log in the first place.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (depth >= limits.log.depth) return '[deeper]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
  if (Array.isArray(value)) {
    const shown = value.slice(0, limits.log.listEntries).map((item) => redact(item, depth + 1));
    return value.length > shown.length ? [...shown, `[${value.length - shown.length} more]`] : shown;
  }
  const entries = Object.entries(value).slice(0, limits.log.listEntries);
  return Object.fromEntries(
    entries.map(([name, item]) => [
      redactText(name),
      SECRET_NAME.test(name) && item !== null && item !== undefined ? '[redacted]' : redact(item, depth + 1),
    ]),
  );
}

const SECRET_NAME = /pass(word|phrase|wd)?$|secret|token|private_?key|credential|authorization|cookie/i;

function redactError(error: Error, depth: number): unknown {
  const { code, details } = error as Error & { code?: unknown; details?: unknown };
  return {
    type: redactText(error.name),
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...(code === undefined ? {} : { code: redact(code, depth + 1) }),
    ...(details === undefined ? {} : { details: redact(details, depth + 1) }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
  };
}

function redactText(text: string): string {
  const clean = text.toWellFormed().replace(PRIVATE_KEY, '[private key]').replace(PASSWORD_IN_ADDRESS, '$1[redacted]@');
  return clean.length > limits.log.textChars
    ? `${clean.slice(0, limits.log.textChars)}… [${clean.length} characters]`.toWellFormed()
    : clean;
}

/** To its end, or to the end of the text where it was cut. */
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/gs;
const PASSWORD_IN_ADDRESS = /(:\/\/[^\s/:@]*:)[^\s/]*@/g;
