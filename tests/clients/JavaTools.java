import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.VerifiableConsumer;

/**
 * Runs the main methods of Apache Kafka's tools in one Java machine, driven by lines of JSON: a machine for each command would
 * take longer to start than most commands take. Each run has a thread, and with it standard streams, an exit code and
 * shutdown hooks of its own, which run when main has ended or the run is stopped; Kafka's tools leave and register hooks by Kafka's Exit, which is turned to that here.
 */
public class JavaTools {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final InheritableThreadLocal<Run> CURRENT = new InheritableThreadLocal<>();
    private static final Map<String, Run> STARTED = new ConcurrentHashMap<>();

    /** Ends a tool's main method in place of the machine. */
    private static class Left extends RuntimeException {
        Left() {
            super("", null, false, false);
        }
    }

    private static class Run implements Runnable {
        final String tool;
        final String[] arguments;
        final InputStream in;
        /** What its output is taken for; ISO-8859-1 keeps any bytes. */
        final Charset charset;
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final Queue<Runnable> hooks = new ConcurrentLinkedQueue<>();
        final Thread thread = new Thread(this);
        /** Of the first call of exit: some tools catch what ends them, and leave again. */
        volatile Integer code;

        Run(JsonNode command) {
            tool = command.get("tool").asText();
            arguments = JSON.convertValue(command.get("args"), String[].class);
            charset = Charset.forName(command.path("charset").asText("UTF-8"));
            in = new ByteArrayInputStream(command.path("input").asText("").getBytes(StandardCharsets.UTF_8));
            thread.start();
        }

        @Override
        public void run() {
            CURRENT.set(this);
            try {
                if (tool.equals(VerifiableConsumer.class.getName())) {
                    runConsumer();
                } else {
                    Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) arguments);
                }
            } catch (Throwable e) {
                Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
                if (!(cause instanceof Left)) {
                    cause.printStackTrace();
                    leave(1);
                }
            }
            leave(0);
            runHooks();
        }

        /** Its main method can be ended only together with the machine. */
        void runConsumer() throws Exception {
            Method parser = VerifiableConsumer.class.getDeclaredMethod("argParser");
            parser.setAccessible(true);
            VerifiableConsumer consumer =
                VerifiableConsumer.createFromArgs((ArgumentParser) parser.invoke(null), arguments);
            hooks.add(consumer::close);
            consumer.run();
        }

        synchronized void leave(int status) {
            if (code == null) code = status;
        }

        void runHooks() {
            for (Runnable hook; (hook = hooks.poll()) != null; ) hook.run();
        }

        Map<String, Object> result() {
            return Map.of(
                "code", code == null ? -1 : code,
                "stdout", out.toString(charset),
                "stderr", err.toString(StandardCharsets.UTF_8));
        }
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream complaints = System.err;
        System.setOut(new PrintStream(routed(answers, true), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(routed(complaints, false), true, StandardCharsets.UTF_8));
        System.setIn(new InputStream() {
            @Override
            public int read() throws IOException {
                return CURRENT.get().in.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return CURRENT.get().in.read(bytes, offset, length);
            }
        });
        Exit.setExitProcedure((status, message) -> {
            CURRENT.get().leave(status);
            throw new Left();
        });
        Exit.setShutdownHookAdder((name, hook) -> CURRENT.get().hooks.add(hook));
        for (String line; (line = commands.readLine()) != null; ) {
            Map<String, Object> answer;
            try {
                answer = Map.of("ok", carryOut(JSON.readTree(line)));
            } catch (Exception e) {
                answer = Map.of("error", e.toString());
            }
            answers.println(JSON.writeValueAsString(answer));
            answers.flush();
        }
        System.exit(0);
    }

    private static Object carryOut(JsonNode command) throws InterruptedException {
        switch (command.get("do").asText()) {
            case "run":
                Run run = new Run(command);
                run.thread.join();
                return run.result();
            case "start":
                STARTED.put(command.get("name").asText(), new Run(command));
                return true;
            case "output":
                return STARTED.get(command.get("name").asText()).result();
            case "stop":
                Run started = STARTED.remove(command.get("name").asText());
                CURRENT.set(started);
                started.runHooks();
                CURRENT.remove();
                started.thread.join();
                return started.result();
            default:
                throw new IllegalArgumentException("no such command: " + command);
        }
    }

    /** A stream whose bytes go to the run that the calling thread belongs to. */
    private static OutputStream routed(PrintStream otherwise, boolean out) {
        return new OutputStream() {
            private OutputStream target() {
                Run run = CURRENT.get();
                return run == null ? otherwise : out ? run.out : run.err;
            }

            @Override
            public void write(int value) throws IOException {
                target().write(value);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                target().write(bytes, offset, length);
            }
        };
    }
}
