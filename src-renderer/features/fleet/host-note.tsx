import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useHost } from '../../store/hooks.ts';
import { Banner } from '../../ui/banner.tsx';
import { HostRemedyButton } from './host-remedy.tsx';
import { useHostTrouble } from './use-host-trouble.ts';

/** Over facts of a host that is not seen: that they are old, and why. */
export function HostNote({ hostId }: { readonly hostId: string }) {
  const host = useHost(hostId);
  const trouble = useHostTrouble(host);
  if (host === null || trouble === null) return null;
  return (
    <Banner mark="unknown" actions={<HostRemedyButton host={host} size="small" />}>
      <b>{trouble.title}.</b> {host.freshAt !== null && <LastSeen at={Date.parse(host.freshAt)} />} {trouble.next}
    </Banner>
  );
}

function LastSeen({ at }: { readonly at: number }) {
  return <>{useAge(at, (age) => `These are the facts of ${formatDuration(age)} ago.`)}</>;
}
