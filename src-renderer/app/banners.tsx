import type { ConnectionState } from '../client/connection-controller.ts';
import { formatDuration } from '../lib/format.ts';
import { useAge } from '../lib/use-age.ts';
import { useConnection, useFleet, useUi, useWelcome } from '../store/hooks.ts';
import { Banner } from '../ui/banner.tsx';
import { Button } from '../ui/button.tsx';
import { retryNow } from './session.ts';

/** What concerns the whole window: a core that is gone, a demo, files of Binnacle's own that are not right. */
export function Banners() {
  const connection = useConnection();
  const known = useFleet((state) => state.seq !== null);
  const problems = useFleet((state) => state.problems);
  const demo = useWelcome()?.demo === true;
  return (
    <header>
      {connection.state === 'lost' && known && <LostBanner {...connection} />}
      {demo && <DemoBanner />}
      {problems.map(({ code, where, message, hint }) => (
        <Banner key={`${code} ${where}`} mark="attention">
          {message} {hint}
        </Banner>
      ))}
    </header>
  );
}

function LostBanner({ since, nextTryAt, refusal }: Extract<ConnectionState, { state: 'lost' }>) {
  const age = useAge(since, formatDuration);
  return (
    <Banner
      mark="unknown"
      actions={
        <Button size="small" disabled={nextTryAt === null} onClick={retryNow}>
          Try now
        </Button>
      }
    >
      <strong>{refusal?.message ?? 'Binnacle’s core has gone.'}</strong> {refusal?.hint} What you see is as it was {age}{' '}
      ago. {nextTryAt === null ? 'Trying to reach it.' : <NextTry at={nextTryAt} />}
    </Banner>
  );
}

function NextTry({ at }: { readonly at: number }) {
  const text = useAge(at, (age) => (age > -1_000 ? 'Trying again now.' : `Trying again in ${formatDuration(-age)}.`));
  return <>{text}</>;
}

function DemoBanner() {
  const open = useUi((state) => state.openSheet);
  return (
    <Banner
      actions={
        <Button size="small" onClick={() => open({ kind: 'add-host' })}>
          Add your host
        </Button>
      }
    >
      <strong>This is a demo fleet.</strong> Its hosts are made up, and nothing you do here is kept.
    </Banner>
  );
}
