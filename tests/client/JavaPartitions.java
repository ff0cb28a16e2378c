import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Where Kafka's own producer puts records with a key: for each line of standard input, a key in hexadecimal, its partition for
 * each of the numbers of partitions that are the arguments.
 */
public class JavaPartitions {
    public static void main(String[] counts) throws IOException {
        int[] partitionCounts = Arrays.stream(counts).mapToInt(Integer::parseInt).toArray();
        BufferedReader keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        StringBuilder answers = new StringBuilder();
        for (String line; (line = keys.readLine()) != null; ) {
            byte[] key = HexFormat.of().parseHex(line);
            answers.append(Arrays.stream(partitionCounts)
                .mapToObj(count -> String.valueOf(BuiltInPartitioner.partitionForKey(key, count)))
                .collect(Collectors.joining(" "))).append('\n');
        }
        System.out.print(answers);
    }
}
