import type { HopReport } from '#contract/hosts.ts';
import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { Chip } from '../../ui/chip.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import { algorithmsOf, loginWords, otherWeaknesses, sharedWords, trafficWords } from './host-report-words.ts';
import css from './host-way.module.css';

interface HostHopProps {
  readonly hop: HopReport;
  /** Others lie beyond it. */
  readonly isJump: boolean;
}

/** One machine that is logged in to: who it is, how it let us in, and how well what is said is kept from others. */
export function HostHop({ hop, isJump }: HostHopProps) {
  const { machine, address, software, since, hostKey, login, bytes, weak } = hop;
  const shared = sharedWords(hop);
  return (
    <li className={css.stop}>
      <h3 className={css.machine}>
        <code>{machine}</code>
        {isJump && <Chip>on the way</Chip>}
        {shared !== null && <Chip title="Their ways go through this one connection">{shared}</Chip>}
        {weak.length > 0 && (
          <span className={css.warning}>
            <VerdictShape mark="attention" size={13} />
            weak algorithms
          </span>
        )}
      </h3>
      <div className={css.both}>
        <dl className={css.facts}>
          <Fact name="Address">{address === null ? 'dialled by the machine before it' : <code>{address}</code>}</Fact>
          <Fact name="Server">
            <code>{software}</code>
          </Fact>
          <Fact name="Host key">
            <code>{hostKey.type}</code>
            <code className={css.print}>{hostKey.fingerprint}</code>
          </Fact>
          <Fact name="Let in by">
            {loginWords(login)}
            {login.label !== '' && (
              <>
                {', '}
                <code>{login.label}</code>
              </>
            )}
            {login.fingerprint !== null && <code className={css.print}>{login.fingerprint}</code>}
          </Fact>
          <Fact name="Connected">
            <For since={since} />, {trafficWords(bytes)}
          </Fact>
        </dl>
        <dl className={css.facts}>
          {algorithmsOf(hop).map(({ kind, name, why }) => (
            <Fact key={kind} name={kind}>
              {name === null ? (
                'by the cipher itself'
              ) : why === null ? (
                <code>{name}</code>
              ) : (
                <Weak name={name} why={why} />
              )}
            </Fact>
          ))}
          {otherWeaknesses(hop).map(({ name, why }) => (
            <Fact key={name} name="Also weak">
              <Weak name={name} why={why} />
            </Fact>
          ))}
        </dl>
      </div>
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Weak({ name, why }: { readonly name: string; readonly why: string }) {
  return (
    <span className={css.weak}>
      <VerdictShape mark="attention" size={13} label="weak" />
      <span>
        <code>{name}</code>
        <span className={css.why}>{why}</span>
      </span>
    </span>
  );
}

function For({ since }: { readonly since: string }) {
  return <>{useAge(Date.parse(since), (age) => `for ${formatDuration(age)}`)}</>;
}
