import { implement } from '@orpc/server';
import { contract } from '#contract/contract.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import type { RouterContext, Session } from './connection.ts';
import { LogCredit, readOnCredit } from './log-credit.ts';
import type { Services } from './services.ts';
import { boundStream } from './stream.ts';
import type { Publisher } from './updates/publisher.ts';
import type { Subscription } from './updates/subscription.ts';

/** The contract, entry by entry, over the domains. Input has been checked when a handler is called. */
export function createProcedures(services: Services, publisher: Publisher) {
  const entry = implement(contract).$context<RouterContext>();
  const { fleet, hosts, questions, settings, actions, journal } = services;
  return entry.router({
    session: {
      hello: entry.session.hello.handler(({ input, context: { session } }) => {
        if (input.contractVersion !== CONTRACT_VERSION) throw versionMismatch(input.contractVersion);
        session.handshake = 'done';
        return { contractVersion: CONTRACT_VERSION, ...services.welcome };
      }),
    },
    updates: {
      watch: entry.updates.watch.handler(({ input, context: { session }, signal = session.signal }) => {
        const slot = session.subscriptions.take(input.subscription, () => publisher.subscribe());
        const end = () => {
          slot[Symbol.dispose]();
          slot.value[Symbol.dispose]();
        };
        return boundStream(signal, () => slot.value.next(), end);
      }),
      acknowledge: entry.updates.acknowledge.handler(({ input, context: { session } }) => {
        subscriptionOf(session, input.subscription).acknowledge(input.seq);
      }),
      interest: entry.updates.interest.handler(({ input, context: { session } }) => {
        const hosts = input.hosts === null ? null : new Set(input.hosts);
        subscriptionOf(session, input.subscription).show({ visible: input.visible, hosts });
      }),
    },
    logs: {
      read: entry.logs.read.handler(async ({ input, context: { session }, signal = session.signal }) => {
        const { stream, credit: lines, ...request } = input;
        // Taken before the host is asked: further credit may come before it has answered.
        const slot = session.logs.take(stream, () => new LogCredit(lines));
        try {
          const source = await fleet.logs(request, signal);
          return readOnCredit(source, slot.value, signal, () => slot[Symbol.dispose]());
        } catch (error) {
          slot[Symbol.dispose]();
          throw error;
        }
      }),
      credit: entry.logs.credit.handler(({ input, context: { session } }) => {
        session.logs.get(input.stream)?.grant(input.lines);
      }),
    },
    hosts: {
      list: entry.hosts.list.handler(() => hosts.list()),
      identities: entry.hosts.identities.handler(() => hosts.identities()),
      aliases: entry.hosts.aliases.handler(() => hosts.aliases()),
      connection: entry.hosts.connection.handler(({ input }) => hosts.connection(input.id)),
      test: entry.hosts.test.handler(({ input, context: { session }, signal = session.signal }) => {
        if (signal.aborted) throw abortError(signal);
        const slot = session.trials.take(input.trial, () => true);
        const steps = hosts.test(input, signal)[Symbol.asyncIterator]();
        return boundStream(
          signal,
          async () => {
            const step = await steps.next();
            return step.done ? { done: true, value: undefined } : step;
          },
          async () => {
            slot[Symbol.dispose]();
            await steps.return?.()?.catch(() => undefined);
          },
        );
      }),
      add: entry.hosts.add.handler(({ input }) => hosts.add(input)),
      rename: entry.hosts.rename.handler(({ input }) => hosts.rename(input)),
      remove: entry.hosts.remove.handler(({ input }) => hosts.remove(input.id)),
      restore: entry.hosts.restore.handler(({ input }) => hosts.restore(input.id)),
      setMode: entry.hosts.setMode.handler(({ input }) => hosts.setMode(input)),
      retry: entry.hosts.retry.handler(({ input }) => hosts.retry(input.id)),
    },
    questions: {
      answer: entry.questions.answer.handler(({ input }) => questions.answer(input.id, input.answer)),
    },
    settings: {
      change: entry.settings.change.handler(({ input }) => settings.change(input)),
      places: entry.settings.places.handler(() => settings.places()),
      forgetSecrets: entry.settings.forgetSecrets.handler(() => settings.forgetSecrets()),
    },
    actions: {
      plan: entry.actions.plan.handler(({ input, context: { session }, signal = session.signal }) =>
        actions.plan(input, signal),
      ),
      run: entry.actions.run.handler(({ input }) => actions.run(input)),
      cancel: entry.actions.cancel.handler(({ input }) => actions.cancel(input.run)),
      unlock: entry.actions.unlock.handler(({ input, context: { session }, signal = session.signal }) =>
        actions.unlock(input, signal),
      ),
      lock: entry.actions.lock.handler(({ input }) => actions.lock(input)),
      protect: entry.actions.protect.handler(({ input }) => actions.protect(input)),
    },
    timeline: {
      read: entry.timeline.read.handler(({ input }) => actions.timeline(input)),
    },
    journal: {
      read: entry.journal.read.handler(({ input }) => journal.read(input)),
      verify: entry.journal.verify.handler(({ context: { session }, signal = session.signal }) =>
        journal.verify(signal),
      ),
      export: entry.journal.export.handler(({ input, context: { session }, signal = session.signal }) =>
        journal.export(input.filter, signal),
      ),
      setAside: entry.journal.setAside.handler(() => journal.setAside()),
    },
  });
}

function subscriptionOf(session: Session, id: string): Subscription {
  const subscription = session.subscriptions.get(id);
  if (subscription !== undefined) return subscription;
  throw new AppError('SUBSCRIPTION_UNKNOWN', 'This window has no such subscription, or it has ended.', {
    hint: 'Subscribe again.',
    details: { subscription: id },
  });
}

function versionMismatch(window: number): AppError {
  return new AppError('CONTRACT_MISMATCH', 'This window and the running Binnacle are of different versions.', {
    hint: 'Load the window again; where that does not help, end Binnacle and start it again.',
    details: { window, core: CONTRACT_VERSION },
  });
}
