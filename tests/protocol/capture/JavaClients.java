import java.time.Duration;
import java.util.*;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

/** Uses as much of the Java client's protocol as there is. Argument: bootstrap server. */
public class JavaClients {
    private static final String TOPIC = "golden-java";
    private static String bootstrap;

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        try (Admin admin = Admin.create(common())) {
            attempt("createTopics", () -> admin.createTopics(List.of(
                new NewTopic(TOPIC, 3, (short) 1).configs(Map.of("segment.bytes", "1048576")),
                new NewTopic("bad name!", 1, (short) 1))).all().get());
            produce();
            transact();
            attempt("classic", () -> consume(admin, "classic", "golden-java-classic"));
            attempt("consumer", () -> consume(admin, "consumer", "golden-java-consumer"));
            admin(admin);
        }
        System.exit(0);
    }

    private static Map<String, Object> common() {
        return new HashMap<>(Map.of("bootstrap.servers", bootstrap, "client.id", "golden", "enable.metrics.push", "false"));
    }

    private static Object produce() {
        return attempt("produce", () -> {
            Map<String, Object> config = common();
            config.put("compression.type", "lz4");
            try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 6; i++) producer.send(new ProducerRecord<>(TOPIC, i % 3, "key", "value " + i)).get();
            }
            return null;
        });
    }

    private static Object transact() {
        return attempt("transact", () -> {
            Map<String, Object> config = common();
            config.put("transactional.id", "golden-java-txn");
            Map<String, Object> reading = common();
            reading.put("group.id", "golden-java-offsets");
            try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
                 var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, 0, "key", "committed"));
                producer.sendOffsetsToTransaction(Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(1, "note")),
                    consumer.groupMetadata());
                producer.commitTransaction();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(TOPIC, 0, "key", "aborted")).get();
                producer.abortTransaction();
            }
            return null;
        });
    }

    private static Object consume(Admin admin, String protocol, String group) throws Exception {
        try (var consumer = consumer(protocol, group, "one"); var other = consumer(protocol, group, "two")) {
            consumer.subscribe(List.of(TOPIC));
            poll(consumer, 8);
            other.subscribe(List.of(TOPIC));
            for (int polls = 0; other.assignment().isEmpty() && polls < 100; polls++) {
                consumer.poll(Duration.ofMillis(100));
                other.poll(Duration.ofMillis(100));
            }
            TopicPartition owned = consumer.assignment().iterator().next();
            consumer.commitSync(Map.of(owned, new OffsetAndMetadata(1, Optional.of(0), "note")));
            consumer.committed(consumer.assignment());
            consumer.seek(owned, new OffsetAndMetadata(0, Optional.of(0), ""));
            poll(consumer, 2);
            consumer.offsetsForTimes(Map.of(owned, 1L));
            attempt("describeGroup", () -> admin.describeConsumerGroups(List.of(group)).all().get());
            if (protocol.equals("classic")) {
                attempt("describeClassicGroups", () -> admin.describeClassicGroups(List.of(group, "none")).all().get());
            } else {
                consumer.unsubscribe();
                consumer.subscribe(new SubscriptionPattern("golden-j.*"));
                poll(consumer, 1);
            }
        }
        return null;
    }

    private static KafkaConsumer<String, String> consumer(String protocol, String group, String instance) {
        Map<String, Object> config = common();
        config.put("group.id", group);
        config.put("group.protocol", protocol);
        config.put("group.instance.id", instance);
        if (protocol.equals("classic")) config.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        config.put("client.rack", "rack");
        config.put("auto.offset.reset", "earliest");
        config.put("isolation.level", "read_committed");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private static void poll(KafkaConsumer<String, String> consumer, int wanted) {
        for (int polls = 0, records = 0; records < wanted && polls < 40; polls++) records += consumer.poll(Duration.ofMillis(250)).count();
    }

    private static void admin(Admin admin) {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
        var partition = new TopicPartition(TOPIC, 0);
        attempt("describeTopics", () -> admin.describeTopics(List.of(TOPIC)).allTopicNames().get());
        attempt("describe no topic", () -> admin.describeTopics(List.of("none")).allTopicNames().get());
        attempt("listTopics", () -> admin.listTopics().names().get());
        attempt("describeCluster", () -> admin.describeCluster().nodes().get());
        attempt("describeConfigs", () -> admin.describeConfigs(List.of(topic)).all().get());
        attempt("alter", () -> admin.incrementalAlterConfigs(Map.of(topic, List.of(
            new AlterConfigOp(new ConfigEntry("retention.ms", "1000000"), AlterConfigOp.OpType.SET),
            new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.APPEND)))).all().get());
        attempt("listConfigResources", () -> admin.listConfigResources().all().get());
        attempt("describeLogDirs", () -> admin.describeLogDirs(List.of(1)).allDescriptions().get());
        attempt("createPartitions", () -> admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(4))).all().get());
        attempt("electLeaders", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get());
        attempt("reassign", () -> admin.alterPartitionReassignments(
            Map.of(partition, Optional.of(new NewPartitionReassignment(List.of(7))))).all().get());
        attempt("reassignments", () -> admin.listPartitionReassignments().reassignments().get());
        attempt("quotas", () -> admin.describeClientQuotas(org.apache.kafka.common.quota.ClientQuotaFilter.all()).entities().get());
        attempt("describeFeatures", () -> admin.describeFeatures().featureMetadata().get());
        attempt("updateFeatures", () -> admin.updateFeatures(
            Map.of("metadata.version", new FeatureUpdate((short) 29, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
            new UpdateFeaturesOptions().validateOnly(true)).all().get());
        for (OffsetSpec spec : List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(1),
            OffsetSpec.earliestLocal(), OffsetSpec.latestTiered()))
            attempt("listOffsets", () -> admin.listOffsets(Map.of(partition, spec)).all().get());
        attempt("describeProducers", () -> admin.describeProducers(List.of(partition)).all().get());
        attempt("listTransactions", () -> admin.listTransactions(
            new ListTransactionsOptions().filterStates(List.of(TransactionState.COMPLETE_ABORT))).all().get());
        attempt("describeTransactions", () -> admin.describeTransactions(List.of("golden-java-txn")).all().get());
        attempt("listGroups", () -> admin.listGroups().all().get());
        // Static members stay in their group when they end.
        attempt("removeMembers", () -> admin.removeMembersFromConsumerGroup("golden-java-classic",
            new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one"), new MemberToRemove("two")))).all().get());
        attempt("groupOffsets", () -> admin.listConsumerGroupOffsets("golden-java-classic").partitionsToOffsetAndMetadata().get());
        attempt("alterGroupOffsets", () -> admin.alterConsumerGroupOffsets("golden-java-classic",
            Map.of(partition, new OffsetAndMetadata(2))).all().get());
        attempt("deleteGroupOffsets", () -> admin.deleteConsumerGroupOffsets("golden-java-classic", Set.of(partition)).all().get());
        attempt("deleteGroups", () -> admin.deleteConsumerGroups(List.of("golden-java-classic", "none")).all().get());
        attempt("deleteRecords", () -> admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(1))).all().get());
        attempt("deleteTopics", () -> admin.deleteTopics(List.of(TOPIC)).all().get());
    }

    /** Some of this is to fail: errors are frames, too. */
    private static Object attempt(String what, Callable<Object> call) {
        try {
            return call.call();
        } catch (Exception e) {
            System.out.println(what + ": " + e);
            return null;
        }
    }
}
