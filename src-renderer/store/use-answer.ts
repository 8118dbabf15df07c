import { useState } from 'react';
import type { Answer } from '#contract/questions.ts';
import { type CallProblem, callProblem } from '../client/call-problem.ts';
import { useClient } from './hooks.ts';

interface GivenAnswer {
  readonly question: string;
  readonly answer: Answer;
}

/**
 * Answers questions. `givenTo` is what was answered to a question and is on its way: it stays until the core withdraws
 * the question. What was answered elsewhere meanwhile is no problem: the question goes by itself.
 */
export function useAnswer(): {
  readonly givenTo: (question: string) => Answer | null;
  readonly problem: CallProblem | null;
  readonly answer: (question: string, answer: Answer) => void;
} {
  const client = useClient();
  const [given, setGiven] = useState<GivenAnswer | null>(null);
  const [problem, setProblem] = useState<CallProblem | null>(null);
  const send = async (question: string, answer: Answer) => {
    if (client === null) return setProblem(callProblem(null));
    setGiven({ question, answer });
    setProblem(null);
    try {
      await client.questions.answer({ id: question, answer });
    } catch (error) {
      const failed = callProblem(error);
      if (failed.code === 'QUESTION_GONE') return;
      setGiven(null);
      setProblem(failed);
    }
  };
  return {
    givenTo: (question) => (given?.question === question ? given.answer : null),
    problem,
    answer: (question, answer) => void send(question, answer),
  };
}
