import type { FleetHost } from '#contract/updates.ts';
import { formatDuration, formatLatency, NOT_KNOWN } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useFleet, useHost, useUi } from '../../store/hooks.ts';
import { useAsk } from '../../store/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import { HostRemedyButton } from './host-remedy.tsx';
import css from './host-sheet.module.css';
import { useHostTrouble } from './use-host-trouble.ts';

interface HostSheetProps {
  readonly hostId: string;
  readonly onClose: () => void;
}

/** A host: how it is reached, what is wrong with it and what to do, what could not be read of it. */
export function HostSheet({ hostId, onClose }: HostSheetProps) {
  const host = useHost(hostId);
  const size = useFleet((state) => state.sizes.get(hostId) ?? 0);
  if (host === null) {
    return (
      <Sheet title="This host was removed" onClose={onClose}>
        <p>It can be taken back in Settings, until Binnacle ends.</p>
      </Sheet>
    );
  }
  return (
    <Sheet
      title={
        <span className={css.title}>
          <VerdictShape mark={host.verdict} size={18} label={host.verdict} />
          {host.label}
        </span>
      }
      subtitle={<code className={css.target}>{host.target}</code>}
      onClose={onClose}
      footer={<Footer host={host} onClose={onClose} />}
    >
      <Trouble host={host} />
      <h3 className={css.label}>Facts</h3>
      <dl className={css.facts}>
        <Fact name="Engine">
          {host.engine === null ? NOT_KNOWN : `${ENGINES[host.engine.name]} ${host.engine.version}`}
        </Fact>
        <Fact name="API">{host.engine?.apiVersion ?? NOT_KNOWN}</Fact>
        <Fact name="Round trip">{formatLatency(host.latencyMs)}</Fact>
        <Fact name="Last seen">{host.freshAt === null ? 'never' : <Ago at={host.freshAt} />}</Fact>
        <Fact name="Containers">{host.freshAt === null ? NOT_KNOWN : size}</Fact>
        <Fact name="Mode">
          <HostMode host={host} />
        </Fact>
      </dl>
      {host.status.state === 'live' && <Problems host={host} />}
    </Sheet>
  );
}

const ENGINES = { docker: 'Docker', podman: 'Podman' } as const;

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whether it may be changed. To allow it is a question; to take that back is none. */
function HostMode({ host: { id, mode, denied } }: { readonly host: FleetHost }) {
  const open = useUi((state) => state.openSheet);
  const ask = useAsk();
  if (mode === 'observe') {
    return (
      <span className={css.mode}>
        Observe only: nothing is changed
        <Button size="small" onClick={() => open({ kind: 'allow', hostId: id })}>
          Allow changes…
        </Button>
      </span>
    );
  }
  return (
    <span className={css.mode}>
      <span>
        Changes are allowed
        {denied.length > 0 && (
          <span className={css.denied}>A policy on the host refuses to {denied.join(' and ')} containers.</span>
        )}
      </span>
      <Button size="small" onClick={() => void ask((client) => client.hosts.setMode({ id, mode: 'observe' }))}>
        Observe only
      </Button>
    </span>
  );
}

/** Why it is not live: the words for it, the core's own message, when it is tried again. */
function Trouble({ host }: { readonly host: FleetHost }) {
  const trouble = useHostTrouble(host);
  if (trouble === null) return null;
  const { status } = host;
  // What the core found out is more exact than what can be said of the code alone.
  const hint = host.problems.find(({ code }) => 'code' in status && code === status.code)?.hint ?? null;
  return (
    <div className={css.trouble}>
      <p className={css.strong}>{trouble.title}</p>
      {trouble.message !== null && <p className={css.message}>{withFingerprints(trouble.message)}</p>}
      <p className={css.next}>{hint ?? trouble.next}</p>
      {status.state === 'offline' && status.nextTryAt !== null && <NextTry at={status.nextTryAt} />}
    </div>
  );
}

/** Fingerprints as a machine reads them: two of them are compared by eye. */
function withFingerprints(message: string) {
  return message
    .split(/(SHA256:[\w+/]{43})/)
    .map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}

function NextTry({ at }: { readonly at: string }) {
  const text = useAge(Date.parse(at), (age) =>
    age > -1_000 ? 'It is tried again now.' : `Next try in ${formatDuration(-age)}.`,
  );
  return <p className={css.quiet}>{text}</p>;
}

function Ago({ at }: { readonly at: string }) {
  return <>{useAge(Date.parse(at), (age) => `${formatDuration(age)} ago`)}</>;
}

/** What could not be read of a host that is live. */
function Problems({ host }: { readonly host: FleetHost }) {
  if (host.problems.length === 0) return null;
  return (
    <>
      <h3 className={css.label}>Not everything could be read</h3>
      <ul className={css.problems}>
        {host.problems.map(({ code, where, message, hint }) => (
          <li key={`${code} ${where} ${message}`}>
            <p>{message}</p>
            {hint !== null && <p className={css.quiet}>{hint}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Footer({ host, onClose }: { readonly host: FleetHost; readonly onClose: () => void }) {
  const setFilter = useUi((state) => state.setFilter);
  const go = useUi((state) => state.go);
  return (
    <>
      <HostRemedyButton host={host} size="normal" />
      <Button
        onClick={() => {
          onClose();
          go('fleet');
          setFilter(host.label);
        }}
      >
        Show its apps
      </Button>
    </>
  );
}
