import { useState } from 'react';
import { useClient, useUi, useWelcome } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';
import { identityFilesOf, KeyChoice, type KeyWish } from './key-choice.tsx';
import { readForm, TargetFields, type TargetForm } from './target-fields.tsx';
import { TrialProgress } from './trial-progress.tsx';
import { TrialQuestion, useTrialQuestion } from './trial-question.tsx';
import { Refusal, TrialResult } from './trial-result.tsx';
import { TrialSummary } from './trial-summary.tsx';
import { useAdd } from './use-add.ts';
import { useTrial } from './use-trial.ts';

const NAME_CHARS = 64;

/** A host of the operator's own: where it is, how to log in, a try, and then it is followed. */
export function AddHostSheet({ onClose }: { readonly onClose: () => void }) {
  const [form, setForm] = useState<TargetForm>({ form: 'one', text: '' });
  const [name, setName] = useState('');
  const [key, setKey] = useState<KeyWish>({ key: 'automatic' });
  const connected = useClient() !== null;
  const demo = useWelcome()?.demo === true;
  const say = useUi((ui) => ui.say);
  const { trial, start, stop } = useTrial();
  const asks = useTrialQuestion(trial) !== null;
  const { adding, add, forget } = useAdd((host) => {
    say(`${host.name ?? host.target} was added.`);
    onClose();
  });

  const reading = readForm(form);
  const identityFiles = identityFilesOf(key);
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
  const save = () => {
    if (wish !== null) add(wish, name.trim() === '' ? null : name.trim());
  };
  const busy = adding.state === 'under-way';
  const ready = wish !== null && connected && !busy;

  /** While it is tried, and after, what was typed makes room for what comes of it. */
  const editing = trial.state === 'none' || invalid !== null;
  const nameField = (
    <TextField
      label="Name"
      placeholder={reading.reading === 'understood' ? reading.parts.host : 'as the machine is called'}
      maxLength={NAME_CHARS}
      value={name}
      onChange={(event) => {
        setName(event.currentTarget.value);
        forget();
      }}
    />
  );

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
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) test();
          }}
        >
          <TargetFields form={form} onChange={changed(setForm)} problem={invalid} />
          {nameField}
          <KeyChoice wish={key} onChange={changed(setKey)} />
          {/* A form sends itself on Enter only where a button of it can. */}
          <button type="submit" hidden>
            Test
          </button>
          <ReadsOnly />
        </form>
      ) : (
        <>
          <TrialSummary wish={wish} target={trial.state === 'reached' ? trial.reached.target : null} onChange={stop} />
          <TrialProgress trial={trial} asks={asks} />
          <TrialQuestion trial={trial} />
          <TrialResult trial={trial} />
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

function ReadsOnly() {
  return (
    <p className={css.promise}>
      <b>Binnacle only reads.</b> A new host is observed: its containers are listed, and their state, load and logs
      read. Nothing is installed on it, and nothing changed.
    </p>
  );
}
