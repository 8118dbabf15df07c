import { IconChevronDown } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { RunStep } from '#contract/actions.ts';
import { formatCount, formatDuration, formatSpan } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { containerOf } from '../../store/act.ts';
import { appKey } from '../../store/fleet-state.ts';
import { useFleet } from '../../store/hooks.ts';
import { StepMark } from '../../ui/step-mark.tsx';
import {
  groupMs,
  groupSteps,
  isCutShort,
  type StepGroup,
  type StepState,
  type Stretch,
  stretches,
} from './run-groups.ts';
import css from './runs.module.css';

interface RunStepsProps {
  readonly hostId: string;
  readonly steps: readonly RunStep[];
}

/** The steps of a run; of many containers, one line for each, opened where something is to be read. */
export function RunSteps({ hostId, steps }: RunStepsProps) {
  const groups = groupSteps(steps);
  if (groups.length < 2) return <Steps steps={steps} />;
  return (
    <ol className={css.steps} aria-label="Containers">
      {stretches(groups).map((stretch) => (
        <StretchItems key={`${stretch.state} ${stretch.groups[0]?.containerId}`} hostId={hostId} stretch={stretch} />
      ))}
    </ol>
  );
}

function StretchItems({ hostId, stretch }: { readonly hostId: string; readonly stretch: Stretch }) {
  const { state, groups, folded } = stretch;
  const [opened, setOpened] = useState(false);
  return (
    <>
      {folded && (
        <li data-step={state}>
          <button type="button" className={css.line} aria-expanded={opened} onClick={() => setOpened(!opened)}>
            <StepMark state={state} />
            <span className={css.step}>{formatCount(groups.length, 'container')}</span>
            <span className={css.stepState}>{ALIKE[state]}</span>
            <Chevron open={opened} />
          </button>
        </li>
      )}
      {(!folded || opened) &&
        groups.map((group) => <GroupItem key={group.containerId} hostId={hostId} group={group} />)}
    </>
  );
}

const ALIKE: Readonly<Record<StepState, string>> = {
  waiting: 'waiting',
  running: 'under way',
  done: 'done',
  failed: 'failed',
  skipped: 'left as they were',
  unknown: 'not known',
};

const TO_BE_READ: ReadonlySet<StepState> = new Set(['running', 'failed', 'unknown']);

function GroupItem({ hostId, group }: { readonly hostId: string; readonly group: StepGroup }) {
  const { containerId, state, steps } = group;
  const id = useId();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? (TO_BE_READ.has(state) || isCutShort(group));
  const name = useFleet((fleet) => {
    const container = containerOf(fleet, { hostId, containerId });
    if (container === null) return null;
    const { app, service } = container;
    const twins = fleet.apps.get(appKey(hostId, app))?.containers.filter((one) => one.service === service).length ?? 1;
    return twins > 1 ? container.name : service;
  });
  return (
    <li data-step={state}>
      <button
        type="button"
        className={css.line}
        aria-expanded={open}
        aria-controls={id}
        aria-current={state === 'running' ? 'step' : undefined}
        onClick={() => setChosen(!open)}
      >
        <StepMark state={state} />
        {/* It may be gone by now; its steps name it. */}
        <span className={css.step}>{name ?? steps[0]?.text}</span>
        <span className={css.stepState}>
          <GroupState group={group} />
        </span>
        <Chevron open={open} />
      </button>
      <div id={id} hidden={!open} className={css.within}>
        {open && <Steps steps={steps} />}
      </div>
    </li>
  );
}

function GroupState({ group }: { readonly group: StepGroup }) {
  const { state, steps } = group;
  if (state === 'running') {
    const from = steps.find(({ startedAt }) => startedAt !== null)?.startedAt ?? null;
    return from === null ? 'under way' : <Elapsed since={from} />;
  }
  if (state === 'done') {
    const ms = groupMs(group);
    return ms === null ? 'done' : formatSpan(ms);
  }
  if (state === 'skipped') return isCutShort(group) ? 'cut short' : 'left as it was';
  return state === 'unknown' ? 'not known' : state;
}

function Chevron({ open }: { readonly open: boolean }) {
  return (
    <span className={css.chevron} data-open={open || undefined}>
      <IconChevronDown size={14} stroke={1.75} aria-hidden="true" />
    </span>
  );
}

function Steps({ steps }: { readonly steps: readonly RunStep[] }) {
  return (
    <ol className={css.steps} aria-label="Steps">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells a step from another
        <li key={index} data-step={step.state} aria-current={step.state === 'running' ? 'step' : undefined}>
          <span className={css.line}>
            <StepMark state={step.state} />
            <span className={css.step}>{step.text}</span>
            <span className={css.stepState}>
              <StepWords step={step} />
            </span>
            {step.note !== null && <span className={css.stepNote}>{step.note}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function StepWords({ step: { state, startedAt, endedAt } }: { readonly step: RunStep }) {
  switch (state) {
    case 'waiting':
      return 'waiting';
    case 'running':
      return startedAt === null ? 'under way' : <Elapsed since={startedAt} />;
    case 'done':
      return startedAt === null || endedAt === null ? 'done' : formatSpan(Date.parse(endedAt) - Date.parse(startedAt));
    case 'failed':
      return 'failed';
    case 'skipped':
      return 'left out';
    case 'unknown':
      return 'not known';
  }
}

function Elapsed({ since }: { readonly since: string }) {
  return <>{useAge(Date.parse(since), formatDuration)}</>;
}
