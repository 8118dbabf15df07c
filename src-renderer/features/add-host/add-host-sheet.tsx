import { useCallback, useEffect, useRef, useState } from 'react';
import type { TrialOffer } from '#contract/hosts.ts';
import { useClient, useUi, useWelcome } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';
import { identityFilesOf, KeyChoice, keyWishOf } from './key-choice.tsx';
import { isLocal } from './suggestions.ts';
import { TargetFields } from './target-fields.tsx';
import { EMPTY_FORM, readForm, type TargetForm } from './target-form.ts';
import { offersOf } from './trial.ts';
import { TrialOffers } from './trial-offers.tsx';
import { TrialProgress } from './trial-progress.tsx';
import { TrialQuestion, useTrialQuestion } from './trial-question.tsx';
import { Refusal, TrialResult } from './trial-result.tsx';
import { TrialSummary } from './trial-summary.tsx';
import { useAdd } from './use-add.ts';
import { useTrial } from './use-trial.ts';

const NAME_CHARS = 64;

interface AddHostSheetProps {
  /** What is filled in, and tried at once; null: nothing. */
  readonly target: string | null;
  readonly identityFiles: readonly string[];
  readonly onClose: () => void;
}

/** A host of the operator's own: where it is, how to log in, a try, and then it is followed. */
export function AddHostSheet({ target, identityFiles: givenFiles, onClose }: AddHostSheetProps) {
  const [form, setForm] = useState<TargetForm>(target === null ? EMPTY_FORM : { form: 'one', text: target });
  const [name, setName] = useState('');
  const [key, setKey] = useState(() => keyWishOf(givenFiles));
  const connected = useClient() !== null;
  const demo = useWelcome()?.demo === true;
  const say = useUi((ui) => ui.say);
  const { trial, start, stop } = useTrial();
  const asks = useTrialQuestion(trial) !== null;
  const { adding, add, forget } = useAdd((host) => {
    say(`${host.name ?? host.target} was added.`);
    onClose();
  });
  // Once: what is changed then is tried when that is asked for.
  useEffect(() => {
    if (target !== null) start({ target, identityFiles: givenFiles });
  }, [target, givenFiles, start]);

  const reading = readForm(form);
  const local = reading.reading === 'understood' && isLocal(reading.target);
  const identityFiles = local ? [] : identityFilesOf(key);
  const wish =
    reading.reading === 'understood' && identityFiles !== null ? { target: reading.target, identityFiles } : null;
  const running = trial.state === 'running';
  const reached = trial.state === 'reached';
  const invalid = trial.state === 'failed' && trial.problem.code === 'TARGET_INVALID' ? trial.problem.message : null;
  /** What was tried is not what stands there any more. */
  const changed = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      set(value);
      forget();
      if (trial.state !== 'none') stop();
    };
  };
  const test = () => {
    if (wish !== null) start(wish);
  };
  const take = (offer: TrialOffer) => {
    setForm({ form: 'one', text: offer.target });
    forget();
    start({ target: offer.target, identityFiles: identityFiles ?? [] });
  };
  const save = () => {
    if (wish !== null) add(wish, name.trim() === '' ? null : name.trim());
  };
  const busy = adding.state === 'under-way';
  const ready = wish !== null && connected && !busy;

  /** While it is tried, and after, what was typed makes room for what comes of it. */
  const editing = trial.state === 'none' || invalid !== null;
  const machine = reading.reading === 'understood' ? (local ? 'this machine' : reading.parts.host) : 'the host';
  const nameField = (
    <TextField
      label="Name"
      placeholder={reading.reading === 'understood' ? machine : 'as the machine is called'}
      maxLength={NAME_CHARS}
      value={name}
      onChange={(event) => {
        setName(event.currentTarget.value);
        forget();
      }}
    />
  );

  const takeFocus = useReturnedFocus();

  return (
    <Sheet
      title="Add a host"
      subtitle={
        demo ? 'With the first host of your own the demo ends.' : 'A machine with Docker or Podman, reached over SSH.'
      }
      onClose={onClose}
      footer={
        <>
          {running ? (
            <Button onClick={stop}>Cancel the test</Button>
          ) : (
            <Button look={reached ? 'plain' : 'primary'} disabled={!ready} onClick={test}>
              {editing ? 'Test connection' : 'Test again'}
            </Button>
          )}
          {!running && (
            <Button look={reached ? 'primary' : 'plain'} busy={busy} disabled={!ready} onClick={save}>
              {reached ? 'Add host' : 'Add anyway'}
            </Button>
          )}
        </>
      }
    >
      {editing ? (
        <form
          className={css.form}
          ref={takeFocus}
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) test();
          }}
        >
          <TargetFields form={form} onChange={changed(setForm)} problem={invalid} />
          {nameField}
          {!local && <KeyChoice wish={key} onChange={changed(setKey)} />}
          {/* A form sends itself on Enter only where a button of it can. */}
          <button type="submit" hidden>
            Test
          </button>
          <ReadsOnly />
        </form>
      ) : (
        <>
          <TrialSummary
            target={trial.state === 'reached' ? trial.reached.target : (wish?.target ?? null)}
            identityFiles={identityFiles ?? []}
            onChange={stop}
          />
          <TrialProgress trial={trial} asks={asks} host={machine} />
          <TrialQuestion trial={trial} host={machine} />
          <TrialResult trial={trial} />
          <TrialOffers offers={offersOf(trial)} onTake={take} />
          {reached && (
            <div className={css.last}>
              {nameField}
              <ReadsOnly />
            </div>
          )}
        </>
      )}
      {adding.state === 'failed' && <Refusal problem={adding.problem} />}
    </Sheet>
  );
}

/** What was to be changed has gone with the test it was read in: the keyboard goes on in the form that is there again. */
function useReturnedFocus() {
  const shown = useRef(false);
  return useCallback((form: HTMLFormElement | null) => {
    if (form === null) return;
    // The first time the dialog itself gives it the focus.
    if (shown.current) form.querySelector('input')?.focus();
    shown.current = true;
  }, []);
}

function ReadsOnly() {
  return (
    <p className={css.promise}>
      <b>Binnacle only reads.</b> A new host is observed: its containers are listed, and their state, load and logs
      read. Nothing is installed on it, and nothing changed.
    </p>
  );
}
