import { actions } from './actions.ts';
import { hosts } from './hosts.ts';
import { journal } from './journal.ts';
import { logs } from './logs.ts';
import { questions } from './questions.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { timeline } from './timeline.ts';
import { updates } from './updates.ts';

/** Every question a window may ask. What is not here cannot be asked, whatever carries it. */
export const contract = { session, updates, logs, hosts, questions, settings, actions, timeline, journal };
