import * as sockets from 'ws';
import { carriersWith } from './carriers.fixture.ts';
import { describeProcedures } from './procedures.suite.fixture.ts';

for (const [name, start] of carriersWith(sockets)) {
  // Electron's port differs from the other in how it tells of a message, not in what it carries.
  if (name !== 'message port of Electron') describeProcedures(name, start, 50);
}
