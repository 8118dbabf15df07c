import type { Problem } from '#contract/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { type Migration, migrateSettings, migrations } from './migrations.ts';
import { defaultSettings, SETTINGS_SCHEMA, type Settings, SettingsSchema } from './schema.ts';

/** What a settings file turned out to be. `settings` are the defaults wherever the file cannot be used. */
export type JudgedSettings =
  | { readonly kind: 'usable'; readonly settings: Settings }
  /** Not JSON, or not settings: kept aside when the next write is due. */
  | { readonly kind: 'broken'; readonly settings: Settings; readonly problem: Problem }
  /** Of a later Binnacle: never touched. */
  | { readonly kind: 'newer'; readonly settings: Settings; readonly problem: Problem };

/**
 * Judges the text of the settings file `file`, and lifts older schemas to this one. Pure.
 * @param text null where there is no file, which is what a new operator has
 */
export function judgeSettings(
  file: string,
  text: string | null,
  steps: readonly Migration[] = migrations,
): JudgedSettings {
  if (text === null) return { kind: 'usable', settings: defaultSettings() };
  let parsed: unknown;
  try {
    // Editors on Windows begin a file with a byte order mark.
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // JSON.parse quotes the file; what stands in it is the operator's.
    return broken(file, 'they are not JSON');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    return broken(file, 'they are not a JSON object');
  }
  const found = parsed as Record<string, unknown>;
  const version = found.schema;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    return broken(file, 'they do not say which schema they follow');
  }
  if (version > SETTINGS_SCHEMA) return newer(file, version);
  const migrated = migrateSettings(found, version, SETTINGS_SCHEMA, steps);
  if (migrated === null) return broken(file, `nothing reads schema ${version}`);
  const result = SettingsSchema.safeParse(migrated);
  if (result.success) return { kind: 'usable', settings: result.data };
  return broken(file, describeIssue(result.error.issues[0]));
}

/** The file at `file` cannot be used, because of `why`. */
export function broken(file: string, why: string): JudgedSettings & { kind: 'broken' } {
  return {
    kind: 'broken',
    settings: defaultSettings(),
    problem: {
      where: file,
      code: 'SETTINGS_BROKEN',
      message: `The settings cannot be used: ${why}. They were left as they are; Binnacle goes on with the usual ones.`,
      hint: 'Repair the file. The next change made in Binnacle keeps it aside and starts a new one.',
    },
  };
}

function newer(file: string, version: number): JudgedSettings {
  return {
    kind: 'newer',
    settings: defaultSettings(),
    problem: {
      where: file,
      code: 'SETTINGS_NEWER',
      message: `The settings are of a later Binnacle (schema ${version}; this one reads up to ${SETTINGS_SCHEMA}). They were left as they are.`,
      hint: 'Update Binnacle, or name another folder with --home.',
    },
  };
}

/** `hosts[2].mode: Invalid option …`, fit to be shown. */
export function describeIssue(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): string {
  if (issue === undefined) return 'something in them is not as it should be';
  const at = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return visibleText(`${at.replace(/^\./, '')}: ${issue.message}`, limits.text.reasonChars);
}
