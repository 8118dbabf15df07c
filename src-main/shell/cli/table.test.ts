import { expect, it } from 'vitest';
import { tableLines } from './table.ts';

it('aligns, cuts, and paints without counting the paint', () => {
  const lines = tableLines(
    [
      { align: 'left', max: 6 },
      { align: 'right', max: 10 },
      { align: 'left', max: 20 },
    ],
    [
      [{ text: 'app' }, { text: 'cpu' }, { text: 'ports' }],
      [{ text: 'a-long-name', paint: (text) => `<${text}>` }, { text: '0.36' }, { text: ':80' }],
      [{ text: '🧭' }, { text: '12' }, { text: '' }],
    ],
  );
  expect(lines).toEqual(['app      cpu  ports', '<a-lon…>  0.36  :80', '🧭         12']);
});
