/** Lifts the settings of one schema version to the next. Pure; members it does not know it carries along. */
export interface Migration {
  readonly from: number;
  /** `from` + 1. */
  readonly to: number;
  readonly migrate: (settings: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** In order, oldest first. Empty while there has been one version only. */
export const migrations: readonly Migration[] = [];

/**
 * `settings` at `target`, through every step in between; unchanged where it is at it already. Null where there is
 * no way: a version below the first step's. Sets `schema` itself, so that no step can forget to.
 */
export function migrateSettings(
  settings: Readonly<Record<string, unknown>>,
  version: number,
  target: number,
  steps: readonly Migration[],
): Readonly<Record<string, unknown>> | null {
  let current = settings;
  for (let at = version; at < target; at++) {
    const step = steps.find((candidate) => candidate.from === at && candidate.to === at + 1);
    if (step === undefined) return null;
    current = { ...step.migrate(current), schema: at + 1 };
  }
  return current;
}
