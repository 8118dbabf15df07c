import type { FleetContainer } from '#contract/updates.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import type { LogSession } from './log-session.ts';
import css from './logs.module.css';

interface LogNoticeProps {
  readonly session: LogSession;
  readonly container: FleetContainer;
  readonly hostLabel: string;
}

/** What has to be said about the stream as a whole: why there are no lines, or no more of them. */
export function LogNotice({ session, container, hostLabel }: LogNoticeProps) {
  const { stream, ring } = session;
  const empty = ring.size === 0;
  if (stream.state === 'failed') {
    const { message, hint, code } = stream.problem;
    const again = <Button onClick={() => session.retry()}>Try again</Button>;
    if (!empty) {
      return (
        <Banner mark="attention" announce actions={again}>
          The log is no longer read. {message} {hint} <code>{code}</code>
        </Banner>
      );
    }
    return (
      <Centred>
        <EmptyState title="The log cannot be read" actions={again}>
          <p>{message}</p>
          {hint !== null && <p>{hint}</p>}
          {code !== null && (
            <p>
              <code>{code}</code>
            </p>
          )}
        </EmptyState>
      </Centred>
    );
  }
  if (!empty) return null;
  switch (stream.state) {
    case 'opening':
      return null;
    case 'waiting':
      return (
        <Centred>
          <EmptyState title={`Waiting for ${hostLabel}`}>
            <p>{stream.problem?.message ?? 'The host is not reached now.'}</p>
            <p>The log opens by itself as soon as it is back.</p>
          </EmptyState>
        </Centred>
      );
    case 'ended':
    case 'following':
      if (session.hasWritten) return null;
      return (
        <Centred>
          <EmptyState title={`${container.name} has written nothing yet`}>
            <p>
              {stream.state === 'ended'
                ? 'It is not running, and the engine keeps no lines of it.'
                : 'Lines appear here as it writes them. Some programs write to files inside their container instead.'}
            </p>
          </EmptyState>
        </Centred>
      );
  }
}

function Centred({ children }: { readonly children: React.ReactNode }) {
  return <div className={css.centred}>{children}</div>;
}
