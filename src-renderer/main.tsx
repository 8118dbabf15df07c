import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './app/fonts.css';
import './app/theme.css';
import { ErrorBoundary } from './app/error-boundary.tsx';
import { Frame } from './app/frame.tsx';
import { mendStyles } from './app/persistently.ts';
import { startSession } from './app/session.ts';
import { followTheme } from './app/theme.ts';

const root = document.getElementById('root');
if (root) {
  mendStyles(window);
  followTheme();
  startSession();
  createRoot(root).render(
    <StrictMode>
      {/* Everything Mantine would write into a <style> element is left out: the page's policy forbids it. */}
      <MantineProvider withCssVariables={false} withGlobalClasses={false} withStaticClasses={false}>
        <ErrorBoundary>
          <Frame />
        </ErrorBoundary>
      </MantineProvider>
    </StrictMode>,
  );
}
