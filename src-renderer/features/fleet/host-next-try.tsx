import type { HostState } from '#contract/fleet.ts';
import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';

/** When a host that is offline is tried again, as a sentence after others. */
export function NextTry({ status }: { readonly status: HostState }) {
  if (status.state !== 'offline' || status.nextTryAt === null) return null;
  return <At at={Date.parse(status.nextTryAt)} />;
}

function At({ at }: { readonly at: number }) {
  return (
    <>{useAge(at, (age) => (age > -1_000 ? ' It is tried again now.' : ` Next try in ${formatDuration(-age)}.`))}</>
  );
}
