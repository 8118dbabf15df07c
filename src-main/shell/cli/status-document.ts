import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { StatusDocument } from '#contract/status.ts';
import { SCHEMA_VERSION } from '#contract/version.ts';

/** The fleet as `status --json` prints it (docs/status.md). */
export function statusDocument(fleet: Fleet, problems: readonly Problem[]): StatusDocument {
  return {
    schema: SCHEMA_VERSION,
    verdict: fleet.verdict,
    sentence: fleet.sentence,
    hosts: fleet.hosts.map(({ id, target, status, ...rest }) => ({ id, target, state: status.state, ...rest })),
    problems: [...problems],
  };
}
