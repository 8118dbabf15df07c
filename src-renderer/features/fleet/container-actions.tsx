import type { ContainerAction, Unlock } from '#contract/actions.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { act, containerRequest } from '../../store/act.ts';
import { containerAvailability, isUp } from '../../store/availability.ts';
import { useSurroundings, useUi } from '../../store/hooks.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';
import { useAsk } from '../../store/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';

interface ContainerActionsProps {
  readonly container: FleetContainer;
  /** What to call it where it stands: `api`, `shop / api`. */
  readonly label: string;
}

/** The first thing to do about a container: restart it, or start it where it does not run. */
export function MainAction({ container, label }: ContainerActionsProps) {
  const around = useSurroundings(container.hostId);
  const action: ContainerAction = isUp(container) ? 'container.restart' : 'container.start';
  const { verb } = ACTION_WORDS[action];
  return (
    <Button
      size="small"
      aria-label={`${verb}… ${label}`}
      why={containerAvailability(container, action, around).why}
      onClick={() => act(containerRequest(container, action))}
    >
      {verb}…
    </Button>
  );
}

/** What else can be done: the other actions, and its protection. */
export function MoreActions({ container, label }: ContainerActionsProps) {
  const around = useSurroundings(container.hostId);
  const protection = useProtectionItem(container);
  const locks = useLockItems(container, around.unlocks);
  const item = (action: ContainerAction): MenuItem => ({
    key: action,
    label: `${ACTION_WORDS[action].verb}…`,
    why: containerAvailability(container, action, around).why,
    onChoose: () => act(containerRequest(container, action)),
  });
  const items = [item(isUp(container) ? 'container.stop' : 'container.restart'), ...locks, protection];
  return <Menu label={`More for ${label}`} items={items} />;
}

/** Takes its unlocks back. */
function useLockItems({ id, hostId }: FleetContainer, unlocks: readonly Unlock[]): readonly MenuItem[] {
  const ask = useAsk();
  return unlocks
    .filter((unlock) => unlock.containerId === id && unlock.hostId === hostId)
    .map(({ action, containerId }) => ({
      key: `lock ${action}`,
      label: `Lock it again: no ${ACTION_WORDS[action].noun}`,
      onChoose: () => void ask((client) => client.actions.lock({ hostId, containerId, action })),
    }));
}

/** Databases, and what a label protects, stay protected whatever is clicked here. */
function useProtectionItem({ hostId, app, service, protected: isProtected, protection }: FleetContainer): MenuItem {
  const ask = useAsk();
  const say = useUi((state) => state.say);
  const own = !isProtected || protection === 'operator';
  const set = async () => {
    const protect = !isProtected;
    const done = await ask((client) => client.actions.protect({ hostId, app, service, protect }));
    if (done)
      say(protect ? `${service} of ${app} is protected now.` : `${service} of ${app} is not protected any more.`);
  };
  const why = own ? null : STAYS[protection === 'label' ? 'label' : 'database'];
  return {
    key: 'protection',
    label: isProtected ? 'Take its protection off' : 'Protect it',
    why,
    onChoose: () => (why === null ? void set() : say(why)),
  };
}

const STAYS = {
  database: 'Databases stay protected: unlock it for one action instead.',
  label: 'Its label binnacle.protect=true protects it: unlock it for one action instead.',
} as const;
