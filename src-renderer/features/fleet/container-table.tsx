import { Fragment, memo } from 'react';
import type { FleetContainer } from '#contract/updates.ts';
import { capitalised, formatBytes, formatCoreFigure, formatDuration, NOT_KNOWN } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useUi } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import { isMuted, markOf, portText } from './card-facts.ts';
import { MainAction, MoreActions } from './container-actions.tsx';
import { ContainerMarks } from './container-marks.tsx';
import css from './container-table.module.css';

/** The containers of an app, a row each. */
export function ContainerTable({ containers }: { readonly containers: readonly FleetContainer[] }) {
  const sizes = new Map<string, number>();
  for (const { service } of containers) sizes.set(service, (sizes.get(service) ?? 0) + 1);
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">Service</th>
          <th scope="col">Image</th>
          <th scope="col" className={css.number}>
            CPU, cores
          </th>
          <th scope="col" className={css.number}>
            Memory
          </th>
          <th scope="col">Ports, addresses</th>
          <th scope="col" className={css.number}>
            Up
          </th>
          <th scope="col" className={css.number}>
            Restarts
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {containers.map((container) => (
          <Row
            key={container.key}
            container={container}
            // Replicas of a service are told apart by their own names.
            label={sizes.get(container.service) === 1 ? container.service : container.name}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly container: FleetContainer;
  readonly label: string;
}

const Row = memo(function Row({ container, label }: RowProps) {
  const { key, id, name, image, verdict, provisional, planned } = container;
  const open = useUi((state) => state.openSheet);
  const mark = markOf(container);
  // That it is planned stands beside its name.
  const reason = isMuted(container) && planned !== null ? planned : container.reason;
  return (
    <tr data-verdict={verdict}>
      <th scope="row">
        <span className={css.service}>
          <VerdictShape mark={mark} size={15} label={mark === 'planned' ? 'planned' : verdict} />
          <span className={css.names}>
            <span className={css.name} title={name}>
              {label} <ContainerMarks container={container} />
            </span>
            <span className={css.reason} title={reason}>
              {capitalised(reason)}
              {provisional && ', checking'}
            </span>
          </span>
        </span>
      </th>
      <td className={css.mono} title={image}>
        <span className={css.image}>{image === '' ? NOT_KNOWN : <Parts text={image} after={/(?<=\/)/} />}</span>
      </td>
      <td className={css.number}>{formatCoreFigure(container.cpuPercent)}</td>
      <td className={css.number}>
        {formatBytes(container.memoryBytes)}
        {container.memoryLimitBytes !== null && (
          <span className={css.under}>of {formatBytes(container.memoryLimitBytes)}</span>
        )}
      </td>
      <td className={css.mono}>
        <Places container={container} />
      </td>
      <td className={css.number}>
        <Up container={container} />
      </td>
      <td className={css.number}>{container.restarts ?? NOT_KNOWN}</td>
      <td>
        {id !== '' && (
          <span className={css.actions}>
            <Button
              size="small"
              aria-label={`Logs of ${label}`}
              onClick={() => open({ kind: 'logs', containerKey: key })}
            >
              Logs
            </Button>
            <MainAction container={container} label={label} />
            <MoreActions container={container} label={label} />
          </span>
        )}
      </td>
    </tr>
  );
});

/** Broken there first, where it has to be broken. */
function Parts({ text, after }: { readonly text: string; readonly after: RegExp }) {
  return text.split(after).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells a part from another
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

const MOST_PLACES = 4;

/** Published and exposed ports, then its address in each network. */
function Places({ container: { ports, networks } }: { readonly container: FleetContainer }) {
  const shown = [...new Set(ports.map(portText))];
  const addresses = networks.flatMap(({ name, ip }) => (ip === null ? [] : [{ name, ip }]));
  if (shown.length + addresses.length === 0) return <>{NOT_KNOWN}</>;
  return (
    <>
      {shown.slice(0, MOST_PLACES).map((port) => (
        <span key={port} className={css.place}>
          <Parts text={port} after={/(?<=.:)/} />
        </span>
      ))}
      {shown.length > MOST_PLACES && <span className={css.under}>and {shown.length - MOST_PLACES} more</span>}
      {addresses.slice(0, MOST_PLACES).map(({ name, ip }) => (
        <span key={name} className={css.under} title={name}>
          {ip}
        </span>
      ))}
    </>
  );
}

function Up({ container: { state, startedAt } }: { readonly container: FleetContainer }) {
  const at = startedAt === null ? Number.NaN : Date.parse(startedAt);
  return state === 'running' && !Number.isNaN(at) ? <Age at={at} /> : NOT_KNOWN;
}

function Age({ at }: { readonly at: number }) {
  return <>{useAge(at, formatDuration)}</>;
}
