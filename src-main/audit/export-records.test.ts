import { expect, it } from 'vitest';
import { desk, FOLDER, filled, intent, modeChange, outcome, refusal } from './journal.fixture.ts';
import { openJournal } from './open-journal.ts';

const never = new AbortController().signal;

it('copies every line as it stands', async () => {
  const { files, options } = await filled(60, { fileBytes: 8_192 });
  await using journal = await openJournal(options);
  const { file, records } = await journal.export({}, never);
  const written = [...files.nodes.keys()]
    .filter((name) => name.startsWith(`${FOLDER}/`))
    .map((name) => files.bytes(name));
  expect({ file, records }).toEqual({
    file: '/home/ana/Downloads/binnacle-journal-20260731T100128Z.jsonl',
    records: 60,
  });
  expect(files.bytes(file).equals(Buffer.concat(written))).toBe(true);
  expect(files.nodes.get(file)?.mode).toBe(0o600);
});

it('copies all records of a run that is asked for', async () => {
  const { files, options } = desk();
  await using journal = await openJournal(options);
  await journal.append(intent(1));
  await journal.append(intent(2, { app: 'blog' }));
  await journal.append(outcome(1));
  await journal.append(modeChange());
  const { file, records } = await journal.export({ outcome: 'succeeded' }, never);
  const raw = files.bytes(`${FOLDER}/000001.jsonl`).toString().split('\n');
  expect({ records, text: files.bytes(file).toString() }).toEqual({ records: 2, text: `${raw[1]}\n${raw[3]}\n` });
});

it('overwrites nothing', async () => {
  const { files, options } = desk();
  await using journal = await openJournal(options);
  const [first, second] = [await journal.export({}, never), await journal.export({}, never)];
  expect(second.file).toBe(first.file.replace('.jsonl', '-2.jsonl'));
  expect(files.bytes(first.file).equals(files.bytes(second.file))).toBe(true);
});

it('leaves no part of one behind', async () => {
  const { files, options } = await filled(10);
  await using journal = await openJournal(options);
  const before = files.nodes.size;
  files.fault = (call) => (call.startsWith('datasync binnacle') ? { code: 'ENOSPC' } : null);
  expect(await refusal(journal.export({}, never))).toBe('JOURNAL_UNUSABLE');
  files.fault = () => null;
  expect(await refusal(journal.export({}, AbortSignal.abort()))).toBe('CANCELLED');
  expect([...files.nodes.keys()].slice(before)).toEqual(['/home/ana/Downloads']);
  expect(journal.status.state).toBe('sound');
});
