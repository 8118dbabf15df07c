import type { FleetHost } from '#contract/updates.ts';
import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { MachineText } from '../../ui/machine-text.tsx';
import { NextTry } from './host-next-try.tsx';
import css from './host-page.module.css';
import { useHostTrouble } from './use-host-trouble.ts';

/** Why a host is not live: the words for it, the core's own message, the next step. Nothing where it is. */
export function HostTroubleNote({ host }: { readonly host: FleetHost }) {
  const trouble = useHostTrouble(host);
  if (trouble === null) return null;
  const { status } = host;
  // What the core found out is more exact than what can be said of the code alone.
  const hint = host.problems.find(({ code }) => 'code' in status && code === status.code)?.hint ?? null;
  return (
    <section className={css.trouble} aria-label="Why it is not live">
      <p className={css.troubleTitle}>
        {trouble.title}{' '}
        <span className={css.quiet}>
          <Since at={status.since} />
        </span>
      </p>
      {trouble.message !== null && (
        <p className={css.message}>
          <MachineText text={trouble.message} />
        </p>
      )}
      <p className={css.next}>
        {hint ?? trouble.next}
        <NextTry status={status} />
      </p>
    </section>
  );
}

function Since({ at }: { readonly at: string }) {
  return <>{useAge(Date.parse(at), (age) => `for ${formatDuration(age)}`)}</>;
}
