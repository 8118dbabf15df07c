import { useState } from 'react';
import { useFleet } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import css from './attention-list.module.css';
import { ContainerRow } from './container-row.tsx';
import { HostRow } from './host-row.tsx';
import { ROWS_SHOWN } from './items.ts';
import { Section } from './section.tsx';

interface AttentionListProps {
  readonly hosts: readonly string[];
  readonly troubled: readonly string[];
}

/** Beyond this nobody reads rows: the filter finds what is looked for. */
const MOST_ROWS = 200;

/** What needs attention, worst first; a host that is not seen is one row, however many containers it has. */
export function AttentionList({ hosts, troubled }: AttentionListProps) {
  const [all, setAll] = useState(false);
  const down = useFleet((state) => troubled.filter((key) => state.containers.get(key)?.verdict === 'down').length);
  if (hosts.length + troubled.length === 0) return null;
  const shown = troubled.slice(0, all ? MOST_ROWS : ROWS_SHOWN);
  const hidden = troubled.length - shown.length;
  return (
    <Section title="Needs attention" note="worst first">
      <ul className={css.list}>
        {shown.slice(0, down).map((key) => (
          <ContainerRow key={key} containerKey={key} />
        ))}
        {hosts.map((id) => (
          <HostRow key={id} hostId={id} />
        ))}
        {shown.slice(down).map((key) => (
          <ContainerRow key={key} containerKey={key} />
        ))}
        {(hidden > 0 || all) && (
          <li className={css.more}>
            {!all && (
              <Button look="quiet" size="small" onClick={() => setAll(true)}>
                Show {Math.min(hidden, MOST_ROWS - shown.length)} more
              </Button>
            )}
            {all && (
              <Button look="quiet" size="small" onClick={() => setAll(false)}>
                Show fewer
              </Button>
            )}
            {all && hidden > 0 && <span>{hidden} more are not listed: filter to find them.</span>}
          </li>
        )}
      </ul>
    </Section>
  );
}
