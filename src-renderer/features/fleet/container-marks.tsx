import type { Unlock } from '#contract/actions.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { formatCountdown } from '../../lib/format.ts';
import { useCountdown } from '../../lib/use-age.ts';
import { useFleet } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import { Chip } from '../../ui/chip.tsx';

/** What is to be known of a container before it is acted upon: what is being done to it, its protection, its unlocks. */
export function ContainerMarks({ container }: { readonly container: FleetContainer }) {
  const { planned, protected: isProtected, id, hostId, reason } = container;
  const unlocks = useFleet((state) => state.unlocks);
  return (
    <>
      {/* What is muted for it says so itself. */}
      {planned !== null && <Chip>{reason === `${planned}, planned` ? 'planned' : `${planned}, planned`}</Chip>}
      {isProtected && <Chip>protected</Chip>}
      {unlocks
        .filter((unlock) => unlock.containerId === id && unlock.hostId === hostId)
        .map((unlock) => (
          <UnlockMark key={unlock.action} unlock={unlock} />
        ))}
    </>
  );
}

function UnlockMark({ unlock: { action, until, reason } }: { readonly unlock: Unlock }) {
  const left = useCountdown(Date.parse(until), formatCountdown);
  return (
    <span title={reason}>
      <Chip>
        unlocked for a {ACTION_WORDS[action].noun}, {left}
      </Chip>
    </span>
  );
}
