import { z } from 'zod';
import { Problem } from './errors.ts';
import { Fleet, Host, HostState } from './fleet.ts';
import { SCHEMA_VERSION } from './version.ts';

/** A host in the status document: its state is the bare word, the reason stands under `problems`. */
export const StatusHost = Host.omit({ status: true }).extend({
  state: z.enum(HostState.options.map((option) => option.shape.state.value)),
});
export type StatusHost = z.infer<typeof StatusHost>;

/** What `binnacle status --json` prints; documented in docs/status.md. */
export const StatusDocument = Fleet.extend({
  schema: z.literal(SCHEMA_VERSION),
  hosts: z.array(StatusHost),
  problems: z.array(Problem),
});
export type StatusDocument = z.infer<typeof StatusDocument>;
