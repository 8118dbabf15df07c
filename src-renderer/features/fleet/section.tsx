import { useId } from 'react';
import css from './section.module.css';

interface SectionProps {
  readonly title: string;
  readonly note?: string;
  readonly children: React.ReactNode;
}

/** A part of the page under its label in capitals. */
export function Section({ title, note, children }: SectionProps) {
  const id = useId();
  return (
    <section className={css.section} aria-labelledby={id}>
      <div className={css.head}>
        <h2 className={css.title} id={id}>
          {title}
        </h2>
        {note !== undefined && <span className={css.note}>{note}</span>}
      </div>
      {children}
    </section>
  );
}
