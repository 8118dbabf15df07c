import * as sockets from 'ws';
import { carriersWith } from './carriers.fixture.ts';
import { describeProcedures } from './procedures.suite.fixture.ts';

// More than a million calls; about ten minutes on two cores.
for (const [name, start] of carriersWith(sockets)) describeProcedures(name, start, 10_000);
