import type { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { redact } from '../kernel/redact.ts';
import { Author, RecordBody } from './records.ts';

/**
 * What is written of `body`: text without what looks like a secret (the second fence: there is no place for one in the
 * first), well-formed, and cut where it is longer than its member takes: an outcome is not to be lost for a long message.
 * @throws ZodError where it is no record's body even so: a fault of ours
 */
export function fitBody(body: RecordBody): RecordBody {
  const clean = withoutSecrets(body) as RecordBody;
  const judged = RecordBody.safeParse(clean);
  if (judged.success) return judged.data;
  for (const issue of judged.error.issues) cutText(clean, issue);
  return RecordBody.parse(clean);
}

/** The same of who writes it: what the system calls its user and itself. @throws as {@link fitBody} */
export function fitAuthor({ user, machine, shell }: Author): Author {
  const [name, host] = [user, machine].map((text) => cleanText(text).slice(0, limits.text.labelChars).toWellFormed());
  return Author.parse({ user: name, machine: host, shell });
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutSecrets(member)]));
}

/** `redact` cuts what is longer than the log takes. A command may be; it is cleaned word by word, unless a key is in it. */
function cleanText(text: string): string {
  if (text.length <= limits.log.textChars || text.includes('-----BEGIN ')) return String(redact(text));
  return text.replace(/\S+/g, (word) => String(redact(word)));
}

function cutText(body: RecordBody, issue: z.core.$ZodIssue): void {
  const name = issue.path.at(-1);
  if (issue.code !== 'too_big' || issue.origin !== 'string' || name === undefined) return;
  let owner: unknown = body;
  for (const key of issue.path.slice(0, -1)) owner = (owner as Record<PropertyKey, unknown>)[key];
  const text = (owner as Record<PropertyKey, string>)[name] ?? '';
  (owner as Record<PropertyKey, string>)[name] = `${text.slice(0, Number(issue.maximum) - 1)}…`.toWellFormed();
}
