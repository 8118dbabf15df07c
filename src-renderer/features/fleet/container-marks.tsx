import type { Unlock } from '#contract/actions.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { formatCountdown } from '../../lib/format.ts';
import { useCountdown } from '../../lib/use-age.ts';
import { useFleet } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import { Chip } from '../../ui/chip.tsx';

/** What is to be known of a container before it is acted upon: what is being done to it, its protection, its unlocks. */
export function ContainerMarks({ container }: { readonly container: FleetContainer }) {
  const { planned, protected: isProtected, id, hostId } = container;
  const unlocks = useFleet((state) => state.unlocks);
  return (
    <>
      {planned !== null && <PlannedMark planned={planned} />}
      {isProtected && <Chip>protected</Chip>}
      {unlocks
        .filter((unlock) => unlock.containerId === id && unlock.hostId === hostId)
        .map((unlock) => (
          <UnlockMark key={unlock.action} unlock={unlock} />
        ))}
    </>
  );
}

/** A run of ours is at it, or comes to it: what that causes is no trouble. */
export function PlannedMark({ planned }: { readonly planned: NonNullable<FleetContainer['planned']> }) {
  return <Chip title={`A ${PLANNED[planned]} from here is under way`}>planned</Chip>;
}

const PLANNED = { starting: 'start', stopping: 'stop', restarting: 'restart' } as const;

function UnlockMark({ unlock: { action, until, reason } }: { readonly unlock: Unlock }) {
  const left = useCountdown(Date.parse(until), formatCountdown);
  return (
    <Chip title={reason}>
      unlocked for a {ACTION_WORDS[action].noun}, {left}
    </Chip>
  );
}
