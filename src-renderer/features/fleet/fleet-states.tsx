import type { FleetHost } from '#contract/updates.ts';
import type { ConnectionState } from '../../client/connection-controller.ts';
import { useQuestions, useUi } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './fleet-states.module.css';
import { questionOf } from './question-of.ts';

/** Before the first facts: the page's own shape, and what is being waited for. */
export function NotYet({ connection }: { readonly connection: ConnectionState }) {
  const phase =
    connection.state === 'connected'
      ? 'Reading the fleet'
      : connection.state === 'lost'
        ? (connection.refusal?.message ?? 'Binnacle’s core does not answer: trying again')
        : 'Connecting to Binnacle’s core';
  return (
    <main className={css.waiting} aria-label="Fleet" aria-busy="true">
      <div className={css.header}>
        <Skeleton width={28} height={28} />
        <div>
          <h1 className={css.phase}>{phase}</h1>
          {connection.state === 'lost' && connection.refusal !== null ? (
            <p>{connection.refusal.hint}</p>
          ) : (
            <Skeleton width={260} />
          )}
        </div>
      </div>
      <CardBones />
    </main>
  );
}

/** Cards to come. */
function CardBones() {
  return (
    <div className={css.bones} aria-hidden="true">
      {['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'].map((bone) => (
        <div key={bone} className={css.bone}>
          <Skeleton width={120} height={14} />
          <Skeleton width={90} />
          <Skeleton />
          <Skeleton />
        </div>
      ))}
    </div>
  );
}

interface NothingThereProps {
  readonly hosts: readonly FleetHost[];
}

/** No container is known: there is no host, none has been read, or theirs are empty. */
export function NothingThere({ hosts }: NothingThereProps) {
  const open = useUi((state) => state.openSheet);
  const questions = useQuestions();
  const addHost = (
    <Button look="primary" onClick={() => open({ kind: 'add-host' })}>
      Add a host
    </Button>
  );
  if (hosts.length === 0) {
    return (
      <EmptyState title="Add your first host" actions={addHost}>
        <p>
          A host is a machine with Docker or Podman that you reach over SSH. Nothing is installed on it and no port is
          opened: Binnacle asks its engine through one SSH connection, and only reads.
        </p>
      </EmptyState>
    );
  }
  // One that asks is a row above: nothing of it comes before it is answered.
  const asks = (host: FleetHost) => questionOf(questions, host) !== null;
  if (hosts.some((host) => isBeingRead(host) && !asks(host))) return <CardBones />;
  if (!hosts.some(isLive)) return null;
  return (
    <EmptyState title={hosts.length === 1 ? `${hosts[0]?.label} has no containers` : 'Your hosts have no containers'}>
      <p>As soon as one is started it appears here by itself.</p>
    </EmptyState>
  );
}

const BEING_READ: ReadonlySet<FleetHost['status']['state']> = new Set(['connecting', 'authenticating', 'live']);

/** Its first facts are on their way. */
function isBeingRead({ status, freshAt }: FleetHost): boolean {
  return freshAt === null && BEING_READ.has(status.state);
}

function isLive({ status }: FleetHost): boolean {
  return status.state === 'live';
}

/** The filter leaves nothing. */
export function NothingFound({ filter }: { readonly filter: string }) {
  const setFilter = useUi((state) => state.setFilter);
  return (
    <EmptyState
      title={`Nothing matches “${filter}”`}
      actions={<Button onClick={() => setFilter('')}>Clear the filter</Button>}
    >
      <p>It looks in apps, services, containers, images, hosts, ports and addresses. Every word has to be found.</p>
    </EmptyState>
  );
}
