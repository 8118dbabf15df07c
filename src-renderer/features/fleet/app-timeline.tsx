import type { TimelineEntry } from '#contract/timeline.ts';
import { byDay, dayOf, dayWords, timeOfDay } from '../../lib/day.ts';
import { useAge } from '../../lib/use-age.ts';
import { appKey } from '../../store/fleet-state.ts';
import { useFleet, useHost } from '../../store/hooks.ts';
import { Chip } from '../../ui/chip.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './app-timeline.module.css';
import { useTimeline } from './app-timeline-reading.ts';
import { markOf } from './app-timeline-words.ts';

interface AppTimelineProps {
  readonly hostId: string;
  /** Its name. */
  readonly app: string;
}

/** What happened to an app's containers, newest first, and whether it was done from here. */
export function AppTimeline(props: AppTimelineProps) {
  return <Timeline key={appKey(props.hostId, props.app)} {...props} />;
}

function Timeline({ hostId, app }: AppTimelineProps) {
  const reading = useTimeline(hostId, app);
  const today = useAge(0, () => dayOf(Date.now()));
  const host = useHost(hostId)?.label ?? 'its host';
  if (reading.state === 'loading') return <Bones />;
  if (reading.state === 'failed') {
    const { message, hint } = reading.problem;
    return (
      <div className={css.scroller}>
        <EmptyState title="The timeline cannot be read">
          <p>
            {message} {hint}
          </p>
          <p>It is tried again every few seconds.</p>
        </EmptyState>
      </div>
    );
  }
  if (reading.entries.length === 0) {
    return (
      <div className={css.scroller}>
        <EmptyState title="Nothing has happened">
          <p>
            Starts, stops, exits and changes of health appear here by themselves. It covers what {host} reported since
            this Binnacle connected to it, and the ten minutes before.
          </p>
        </EmptyState>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has nothing in it to stand on
    <section className={css.scroller} aria-label={`Timeline of ${app}`} tabIndex={0}>
      {byDay(reading.entries).map(({ day, entries }) => (
        <div key={`${day} ${entries[0]?.id}`}>
          <h3 className={css.day}>{dayWords(day, today)}</h3>
          <ol>
            {entries.map((entry) => (
              <Row key={entry.id} entry={entry} />
            ))}
          </ol>
        </div>
      ))}
      <p className={css.note}>
        This is what {host} reported since this Binnacle connected to it, and in the ten minutes before. What is done
        from here is in the journal for good.
        {reading.entries.some(({ seen }) => seen === 'afterwards') && (
          <>
            {' '}
            What is marked “seen afterwards” happened while nobody listened: it was found when {host} was read again,
            and more may have come and gone in between.
          </>
        )}
      </p>
    </section>
  );
}

function Row({ entry }: { readonly entry: TimelineEntry }) {
  const { at, text, service } = entry;
  const mark = markOf(entry);
  const late = entry.seen === 'afterwards';
  return (
    <li className={css.row}>
      <time className={css.time} dateTime={at}>
        {timeOfDay(Date.parse(at))}
      </time>
      <span className={css.shape}>
        {mark === null ? (
          <span className={css.dot} data-afterwards={late || undefined} />
        ) : (
          <VerdictShape mark={mark} size={13} />
        )}
      </span>
      <span className={css.what} title={text}>
        {text}
      </span>
      <span className={css.service} title={service}>
        {service}
      </span>
      <span className={css.by}>{late ? <Chip title={AFTERWARDS}>seen afterwards</Chip> : <By entry={entry} />}</span>
    </li>
  );
}

const AFTERWARDS =
  'Nobody listened when it happened: this machine slept, or the link was down. It was found when the host was read again, and what came and went in between is not known.';

/** By whom: what a container did by itself needs no word. */
function By({ entry: { by, run } }: { readonly entry: TimelineEntry }) {
  const title = useFleet((state) => state.runs.find(({ id }) => id === run)?.title);
  if (by === 'itself') return null;
  if (by === 'outside') return <Chip>outside Binnacle</Chip>;
  return <span title={title}>by Binnacle</span>;
}

function Bones() {
  return (
    <div className={css.bones} aria-hidden="true">
      {[180, 220, 160, 200].map((width) => (
        <Skeleton key={width} width={width + 200} />
      ))}
    </div>
  );
}
