import { describe, expect, it } from 'vitest';
import { menuTemplate } from './menu.ts';

const showHome = () => undefined;
const view = (...first: readonly object[]) => [
  ...first,
  { role: 'resetZoom' },
  { role: 'zoomIn' },
  { role: 'zoomOut' },
  { type: 'separator' },
  { role: 'togglefullscreen' },
];

describe('menuTemplate', () => {
  it('is what a packaged program has', () => {
    expect(menuTemplate({ platform: 'linux', packaged: true, showHome })).toEqual([
      { label: '&File', submenu: [{ role: 'quit' }] },
      { role: 'editMenu' },
      { label: '&View', submenu: view() },
      { role: 'windowMenu' },
      {
        role: 'help',
        submenu: [{ label: "Show Binnacle's Folder", click: showHome }, { type: 'separator' }, { role: 'about' }],
      },
    ]);
  });

  it('has the menu of the app on macOS, and reload and developer tools where it is worked on', () => {
    expect(menuTemplate({ platform: 'darwin', packaged: false, showHome })).toEqual([
      { role: 'appMenu' },
      { role: 'editMenu' },
      { label: '&View', submenu: view({ role: 'reload' }, { role: 'toggleDevTools' }, { type: 'separator' }) },
      { role: 'windowMenu' },
      { role: 'help', submenu: [{ label: "Show Binnacle's Folder", click: showHome }] },
    ]);
  });
});
