import type { MenuItemConstructorOptions } from 'electron';

interface MenuQuestion {
  readonly platform: NodeJS.Platform;
  /** True: there is nothing to reload or look into. */
  readonly packaged: boolean;
  /** Shows the folder Binnacle keeps its files in. */
  readonly showHome: () => void;
}

/** The menu bar: what every program of the platform has, and no more. The window's own commands are in its palette. */
export function menuTemplate({ platform, packaged, showHome }: MenuQuestion): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const about: MenuItemConstructorOptions[] = mac ? [] : [{ type: 'separator' }, { role: 'about' }];
  return [
    mac ? { role: 'appMenu' } : { label: '&File', submenu: [{ role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        ...(packaged ? [] : DEVELOPMENT),
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: "Show Binnacle's Folder", click: showHome }, ...about] },
  ];
}

const DEVELOPMENT: readonly MenuItemConstructorOptions[] = [
  { role: 'reload' },
  { role: 'toggleDevTools' },
  { type: 'separator' },
];
