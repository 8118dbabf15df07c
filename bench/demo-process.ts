import { setPriority } from 'node:os';
import { setInterval as every } from 'node:timers/promises';
import { startDemo } from '../src-main/demo/demo.ts';
import { scaledPlan } from '../src-main/demo/plan.ts';

/**
 * Other machines, in a process of their own: `node demo-process.ts HOSTS CONTAINERS` prints the hosts as one line of
 * JSON, and then makes things happen to them until its standard input ends. It gives way to what is measured, which
 * in life would have this machine for itself.
 */
const EVENTS_A_SECOND = 20;
const NICE = 10;

setPriority(NICE);
const [hosts = 0, containers = 0] = process.argv.slice(2).map(Number);
const plan = scaledPlan({ hosts, containers });
await using demo = await startDemo({ plan });
console.log(JSON.stringify(demo.hosts));
const stop = new AbortController();
process.stdin.on('end', () => stop.abort()).resume();

/** What was done last and has to be undone, oldest first. */
const undo: (() => unknown)[] = [];
const AT_ONCE = 40;
try {
  for await (const _ of every(1_000 / EVENTS_A_SECOND, undefined, { signal: stop.signal })) {
    if (undo.length >= AT_ONCE) await undo.shift()?.();
    else undo.push(change());
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
}

/** Kills a container, or lets its health check fail. @returns what undoes it */
function change(): () => unknown {
  const place = Math.floor(Math.random() * demo.hosts.length);
  const id = demo.hosts[place]?.id ?? '';
  const names = plan.hosts[place]?.containers ?? [];
  const chosen = names[Math.floor(Math.random() * names.length)];
  if (chosen === undefined) throw new Error('There are no containers.');
  if (chosen.check === null) {
    demo.controls.kill(id, chosen.name);
    return () => demo.controls.start(id, chosen.name);
  }
  demo.controls.setHealth(id, chosen.name, 'answered 503');
  return () => demo.controls.setHealth(id, chosen.name, null);
}
