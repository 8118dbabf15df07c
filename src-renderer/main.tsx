import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Welcome } from './app/welcome.tsx';
import './app/theme.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Welcome />
    </StrictMode>,
  );
}
