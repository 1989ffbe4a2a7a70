import ai.timefold.solver.core.api.domain.common.DomainAccessType;
import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.solution.ProblemFactCollectionProperty;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import ai.timefold.solver.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;
import ai.timefold.solver.core.api.score.stream.Joiners;
import ai.timefold.solver.core.api.score.stream.common.SequenceChain;
import ai.timefold.solver.core.api.solver.Solver;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.EnvironmentMode;
import ai.timefold.solver.core.config.solver.SolverConfig;
import ai.timefold.solver.core.config.solver.termination.TerminationConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/**
 * Fixed slots for Timefold: its default search, single-threaded as in its community edition.
 *
 * <p>Arguments: the file of numbers that timefold.py writes, milliseconds, seed. Written to
 * standard output: "progress MILLISECONDS HARD SOFT" for every better roster, "slot SLOT AGENT" for
 * each filled slot of the best one, and "end MILLISECONDS".
 */
public final class FixedSlots {
  private FixedSlots() {}

  /** Somebody who can fill slots. */
  public static final class Agent {
    final int number;
    final int weekMinutes;

    Agent(int number, int weekMinutes) {
      this.number = number;
      this.weekMinutes = weekMinutes;
    }
  }

  /**
   * A place on a shift. Who lacks the skill or is on leave is not among the candidates. Fields are
   * public for the sake of generated access, with which Timefold is fastest.
   */
  @PlanningEntity
  public static final class Slot {
    @PlanningId public int number;
    public int day;
    public int start;
    public int end;
    public int paid;
    public int shift;
    public List<Agent> candidates;
    public Agent agent;

    public Slot() {}

    Slot(int number, int day, int start, int end, int paid, int shift, List<Agent> candidates) {
      this.number = number;
      this.day = day;
      this.start = start;
      this.end = end;
      this.paid = paid;
      this.shift = shift;
      this.candidates = candidates;
    }

    @ValueRangeProvider
    public List<Agent> getCandidates() {
      return candidates;
    }

    @PlanningVariable(allowsUnassigned = true)
    public Agent getAgent() {
      return agent;
    }

    public void setAgent(Agent agent) {
      this.agent = agent;
    }

    int day() {
      return day;
    }

    int nextDay() {
      return day + 1;
    }

    int week() {
      return day / 7;
    }
  }

  /** A wish; shift -1 stands for any. */
  public record Wish(Agent agent, int day, boolean work, int shift, long weight) {
    boolean means(Slot slot) {
      return shift < 0 || shift == slot.shift;
    }
  }

  /** Slots and wishes. */
  @PlanningSolution
  public static final class Plan {
    @PlanningEntityCollectionProperty public List<Slot> slots;
    @ProblemFactCollectionProperty public List<Wish> wishes;
    @PlanningScore public HardSoftLongScore score;

    public Plan() {}

    Plan(List<Slot> slots, List<Wish> wishes) {
      this.slots = slots;
      this.wishes = wishes;
    }
  }

  /** The rules, but for those that the candidates of a slot already keep. */
  public static final class Rules implements ConstraintProvider {
    static final int DAY_MINUTES = 24 * 60;
    static long unfilled;
    static int restMinutes;
    static int longestRun;

    @Override
    public Constraint[] defineConstraints(ConstraintFactory factory) {
      return new Constraint[] {
        oneShiftADay(factory), rest(factory), weekMinutes(factory), daysInARow(factory),
        unfilled(factory), wishesForOff(factory), wishesForWork(factory),
      };
    }

    Constraint oneShiftADay(ConstraintFactory factory) {
      return factory
          .forEachUniquePair(Slot.class, Joiners.equal(Slot::getAgent), Joiners.equal(Slot::day))
          .penalize(HardSoftLongScore.ONE_HARD)
          .asConstraint("one shift a day");
    }

    Constraint rest(ConstraintFactory factory) {
      return factory
          .forEach(Slot.class)
          .join(
              Slot.class,
              Joiners.equal(Slot::getAgent),
              Joiners.equal(Slot::nextDay, Slot::day),
              Joiners.filtering(
                  (before, after) -> DAY_MINUTES + after.start - before.end < restMinutes))
          .penalize(HardSoftLongScore.ONE_HARD)
          .asConstraint("rest");
    }

    Constraint weekMinutes(ConstraintFactory factory) {
      return factory
          .forEach(Slot.class)
          .groupBy(Slot::getAgent, Slot::week, ConstraintCollectors.sum(slot -> slot.paid))
          .filter((agent, week, minutes) -> minutes > agent.weekMinutes)
          .penalizeLong(
              HardSoftLongScore.ONE_HARD, (agent, week, minutes) -> minutes - agent.weekMinutes)
          .asConstraint("minutes of a week");
    }

    Constraint daysInARow(ConstraintFactory factory) {
      return factory
          .forEach(Slot.class)
          .groupBy(Slot::getAgent, ConstraintCollectors.toConsecutiveSequences(Slot::day))
          .flattenLast(SequenceChain::getConsecutiveSequences)
          .filter((agent, run) -> run.getLength() > longestRun)
          .penalizeLong(
              HardSoftLongScore.ONE_HARD, (agent, run) -> run.getLength() - longestRun)
          .asConstraint("days in a row");
    }

    Constraint unfilled(ConstraintFactory factory) {
      return factory
          .forEachIncludingUnassigned(Slot.class)
          .filter(slot -> slot.getAgent() == null)
          .penalizeLong(HardSoftLongScore.ONE_SOFT, slot -> unfilled)
          .asConstraint("unfilled");
    }

    Constraint wishesForOff(ConstraintFactory factory) {
      return factory
          .forEach(Wish.class)
          .filter(wish -> !wish.work())
          .join(
              Slot.class,
              Joiners.equal(Wish::agent, Slot::getAgent),
              Joiners.equal(Wish::day, Slot::day),
              Joiners.filtering(Wish::means))
          .penalizeLong(HardSoftLongScore.ONE_SOFT, (wish, slot) -> wish.weight())
          .asConstraint("wishes for off");
    }

    Constraint wishesForWork(ConstraintFactory factory) {
      return factory
          .forEach(Wish.class)
          .filter(Wish::work)
          .ifNotExists(
              Slot.class,
              Joiners.equal(Wish::agent, Slot::getAgent),
              Joiners.equal(Wish::day, Slot::day),
              Joiners.filtering(Wish::means))
          .penalizeLong(HardSoftLongScore.ONE_SOFT, Wish::weight)
          .asConstraint("wishes for work");
    }
  }

  public static void main(String[] arguments) throws IOException {
    Plan plan = read(Path.of(arguments[0]));
    Duration limit = Duration.ofMillis(Long.parseLong(arguments[1]));
    SolverConfig config =
        new SolverConfig()
            .withSolutionClass(Plan.class)
            .withEntityClasses(Slot.class)
            .withConstraintProviderClass(Rules.class)
            .withDomainAccessType(DomainAccessType.GIZMO)
            .withEnvironmentMode(EnvironmentMode.NO_ASSERT)
            .withRandomSeed(Long.parseLong(arguments[2]))
            .withTerminationConfig(new TerminationConfig().withSpentLimit(limit));
    Solver<Plan> solver = SolverFactory.<Plan>create(config).buildSolver();
    solver.addEventListener(
        event -> {
          HardSoftLongScore score = (HardSoftLongScore) event.getNewBestScore();
          System.out.printf(
              "progress %d %d %d%n",
              event.getTimeMillisSpent(), score.hardScore(), score.softScore());
        });
    long began = System.nanoTime();
    Plan best = solver.solve(plan);
    for (Slot slot : best.slots) {
      if (slot.agent != null) {
        System.out.printf("slot %d %d%n", slot.number, slot.agent.number);
      }
    }
    System.out.printf("end %d%n", (System.nanoTime() - began) / 1_000_000);
  }

  /** Read numbers alone: the rules' own, then agents, slots and wishes, each with their count. */
  static Plan read(Path path) throws IOException {
    try (Scanner numbers = new Scanner(path)) {
      Rules.unfilled = numbers.nextLong();
      Rules.restMinutes = numbers.nextInt();
      Rules.longestRun = numbers.nextInt();
      List<Agent> agents = new ArrayList<>();
      for (int left = numbers.nextInt(); left > 0; left--) {
        agents.add(new Agent(agents.size(), numbers.nextInt()));
      }
      List<Slot> slots = new ArrayList<>();
      for (int left = numbers.nextInt(); left > 0; left--) {
        slots.add(readSlot(numbers, slots.size(), agents));
      }
      List<Wish> wishes = new ArrayList<>();
      for (int left = numbers.nextInt(); left > 0; left--) {
        Agent agent = agents.get(numbers.nextInt());
        int day = numbers.nextInt();
        boolean work = numbers.nextInt() == 1;
        wishes.add(new Wish(agent, day, work, numbers.nextInt(), numbers.nextLong()));
      }
      return new Plan(slots, wishes);
    }
  }

  private static Slot readSlot(Scanner numbers, int number, List<Agent> agents) {
    int day = numbers.nextInt();
    int start = numbers.nextInt();
    int end = numbers.nextInt();
    int paid = numbers.nextInt();
    int shift = numbers.nextInt();
    List<Agent> candidates = new ArrayList<>();
    for (int left = numbers.nextInt(); left > 0; left--) {
      candidates.add(agents.get(numbers.nextInt()));
    }
    return new Slot(number, day, start, end, paid, shift, candidates);
  }
}
